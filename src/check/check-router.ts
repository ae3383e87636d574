import type { ModelSettings, Settings } from "../config/settings.ts";
import { shapeIssues } from "../config/shape.ts";
import { withLongTraces } from "../core/places.ts";
import { dotted } from "../config/paths.ts";
import { routerSizes } from "../model/bound-router.ts";
import type { Router, RouterOptions } from "../model/router.ts";
import { LAYER_CHECKS, type RouterCheck, STEP_CHECKS } from "./checks.ts";
import { declaredProblems } from "./declared.ts";
import { definitionProblems } from "./definition.ts";
import { once, type RouterFinding, threw, wrong, type Wrong } from "./finding.ts";
import { COMMON_NEEDS, drawSettings, type ModelNeeds, VOCABULARY } from "./models.ts";
import { runStep } from "./steps.ts";
import { type CheckEngines, checkSubject, type CheckSubject } from "./subject.ts";

/** Training steps of small models that are run on both engines. */
const STEPS = 2;

/** What a router was asked, and what came out. */
export interface RouterReport {
  readonly findings: readonly RouterFinding[];
  /** Names of the checks that it passed. */
  readonly passed: readonly string[];
  /** Names of those that have nothing to try. */
  readonly skipped: readonly string[];
}

/** How a router is checked. */
export interface CheckRequest {
  readonly router: Router;
  /** Its options as an experiment would have them; its schema fills in the rest. */
  readonly options: RouterOptions;
  /** What models must be for it, tried in this order; the first that it does not refuse counts. */
  readonly needs: readonly ModelNeeds[];
  readonly engines: CheckEngines;
}

/**
 * Runs a router on tiny random inputs and models, and says everything that is wrong with it; takes a second.
 * @param written its options as an experiment would have them; the router's schema fills in the rest.
 * @param model what every model must be for it, e.g. `{ experts: 1, topK: 1 }`.
 * @returns nothing for a router that is well.
 */
export async function checkRouter(
  router: Router,
  written: RouterOptions = {},
  model?: Partial<ModelSettings>,
): Promise<readonly RouterFinding[]> {
  const needs = model === undefined ? COMMON_NEEDS : [{ model }];
  const engines = await checkEngines();
  return (await examineRouter({ router, options: written, needs, engines })).findings;
}

/** The engines that routers are checked on: the reference, and the one that trains here. */
export async function checkEngines(): Promise<CheckEngines> {
  // Only here, so that whoever imports the package to write a router loads no ONNX Runtime.
  const { createEngine } = await import("../engine/create.ts");
  return {
    eager: await createEngine("tfjs-cpu", { threads: 1 }),
    fast: await createEngine("auto", { threads: 1 }),
  };
}

/** Asks a router everything, as far as it can be asked: what comes later stands on what came before. */
export async function examineRouter(request: CheckRequest): Promise<RouterReport> {
  return withLongTraces(() => examine(request));
}

async function examine({ router, options: written, needs, engines }: CheckRequest): Promise<RouterReport> {
  const report = new Report();
  if (report.add("is a router", definitionProblems(router))) return report;
  const issues = shapeIssues(router.options, written).map(({ path, message }) =>
    wrong(`options.${dotted(path)}`, message),
  );
  if (report.add("accepts its options", issues)) return report;
  const options = router.options.parse(written);
  const drawn = drawSettings(router, options, needs);
  if (report.add("accepts a small model", "problems" in drawn ? drawn.problems : [])) return report;
  const { settings } = drawn as { readonly settings: readonly Settings[] };
  const declared = settings.flatMap((one) => declaredProblems(router, routerSizes(one, VOCABULARY), options));
  if (report.add("declares what it must", once(declared))) return report;

  const subject = checkSubject(router, options, settings, engines);
  for (const stage of LAYER_CHECKS) {
    let isWrong = false;
    for (const check of stage) isWrong = (await report.ask(check, subject, subject)) || isWrong;
    if (isWrong) return report;
  }
  await askSteps(report, subject);
  return report;
}

/** Every check of every step, until something is wrong; a step that can't be run is a finding. */
async function askSteps(report: Report, subject: CheckSubject): Promise<void> {
  for (const [index, spec] of subject.models.slice(0, STEPS).entries()) {
    const step = await runStep(spec, subject.engines);
    if (!("spec" in step)) {
      report.add("can be trained", step);
      return;
    }
    let isWrong = false;
    for (const { name, run } of STEP_CHECKS) {
      const found = once(await run({ step, subject }));
      isWrong = found.length > 0;
      if (index === 0 || isWrong) report.add(name, found);
      if (isWrong) break; // NaN differs from itself, and what differs differs where scores are tied
    }
    await Promise.all([step.slow.dispose(), step.fast.dispose()]);
    if (isWrong) return;
  }
}

class Report implements RouterReport {
  readonly findings: RouterFinding[] = [];
  readonly passed: string[] = [];
  readonly skipped: string[] = [];

  /** @returns whether something is wrong. */
  add(check: string, found: readonly Wrong[]): boolean {
    this.findings.push(...found.map((one) => ({ check, ...one })));
    if (found.length === 0) this.passed.push(check);
    return found.length > 0;
  }

  async ask<T>(check: RouterCheck<T>, given: T, subject: CheckSubject): Promise<boolean> {
    if (!check.applies(subject)) {
      this.skipped.push(check.name);
      return false;
    }
    const { run, name } = check;
    const found = await Promise.resolve()
      .then(() => run(given))
      .catch((error: unknown) => [threw("route", error)]);
    return this.add(name, once(found));
  }
}

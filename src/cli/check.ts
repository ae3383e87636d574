import { existsSync } from "node:fs";
import { resolve } from "node:path";
import type { RouterReport } from "../check/check-router.ts";
import { COMMON_NEEDS } from "../check/models.ts";
import { readSets } from "../config/flags.ts";
import { didYouMean, quoted, show } from "../config/suggest.ts";
import { EXIT, InputError } from "../core/errors.ts";
import { plural } from "../core/plural.ts";
import type { RouterToCheck } from "../exec/check-job.ts";
import { askWorker, WORKER_FILE } from "../exec/child.ts";
import { loadUserRouter } from "../exec/user-router.ts";
import { shippedRouters } from "../routers/index.ts";
import { findingProblems } from "../sweep/router-checks.ts";
import type { CommandIO } from "./io.ts";

/** What a person typed behind `check`. */
export interface CheckOptions {
  /** A router's file, or a shipped router's name. */
  readonly router: string;
  /** `path=value`, of model, data and router.options. */
  readonly set: readonly string[];
  readonly json: boolean;
}

/**
 * `check ROUTER`: runs a router on tiny random inputs and models, and prints what it passed.
 * @returns the exit code.
 * @throws InputError with everything that is wrong with the router.
 */
export async function runCheck(options: CheckOptions, io: CommandIO): Promise<number> {
  const router = await routerToCheck(options);
  const request = { type: "check", spec: { routers: [router], threads: 1 } } as const;
  const onLine = (line: string): void => io.stderr(`${line}\n`);
  const { reports } = await askWorker(WORKER_FILE, request, "checked", { onLine });
  const [report] = reports;
  if (report === undefined) throw new Error("the check has no report");
  if (options.json) io.stdout(`${JSON.stringify(report, null, 2)}\n`);
  else if (report.findings.length === 0) io.stdout(praise(router.name, report));
  else throw new InputError(findingProblems(report.findings, router, null));
  return report.findings.length === 0 ? EXIT.done : EXIT.badRequest;
}

function praise(name: string, { passed, skipped }: RouterReport): string {
  const lines = [
    ...passed.map((check) => `  ok  ${check}`),
    ...skipped.map((check) => `  --  ${check}: nothing to try`),
  ];
  return `${name}: ${plural(passed.length, "check")} passed\n${lines.join("\n")}\n`;
}

async function routerToCheck({ router, set }: CheckOptions): Promise<RouterToCheck> {
  const { layers, problems } = readSets(set);
  const [written] = layers.map(({ values }) => values);
  if (problems.length > 0) throw new InputError(problems);
  const model = Object.assign({}, ...layers.map(({ values }) => values.model ?? {})) as object;
  const data = Object.assign({}, ...layers.map(({ values }) => values.data ?? {})) as object;
  const options = Object.assign(
    {},
    ...layers.map(({ values }) => values.router?.options ?? {}),
  ) as RouterToCheck["options"];
  const isFree = Object.keys(model).length + Object.keys(data).length === 0;
  const needs = written === undefined || isFree ? COMMON_NEEDS : [{ model, ...(hasKeys(data) && { data }) }];
  if (shippedRouters.has(router)) return { file: null, name: router, options, needs };
  const file = resolve(router);
  if (!existsSync(file)) throw unknownRouter(router);
  if (/\.jsonc?$/.test(router)) {
    const message =
      "is an experiment; `moe-lab run --dry-run` checks its routers, and `moe-lab check` a router's file";
    throw new InputError([{ where: router, path: "", message }]);
  }
  const loaded = await loadUserRouter(file);
  return { file, name: loaded.router.name, options, needs };
}

function hasKeys(record: object): boolean {
  return Object.keys(record).length > 0;
}

function unknownRouter(router: string): InputError {
  const names = [...shippedRouters.keys()];
  const help = didYouMean(router, names) || `; shipped routers: ${quoted(names)}`;
  const message = `there is neither a file ${show(router)} nor a shipped router of that name${help}`;
  return new InputError([{ where: "check", path: "", message }]);
}

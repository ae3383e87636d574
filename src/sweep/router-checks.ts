import { resolve } from "node:path";
import { COMPILE_CHECK } from "../check/checks.ts";
import type { RouterFinding } from "../check/finding.ts";
import type { Experiment, Variant } from "../config/settings.ts";
import { InputError, messageOf, type Problem } from "../core/errors.ts";
import { showFile } from "../core/places.ts";
import type { RouterToCheck } from "../exec/check-job.ts";
import { askWorker } from "../exec/child.ts";
import type { EngineChoice } from "../engine/types.ts";
import type { RouterRegistry } from "../exec/router-registry.ts";

/**
 * Checks every router of a user's own as the variants have it, before anything trains; shipped ones are checked by moe-lab's tests.
 * @throws InputError with all findings.
 */
export async function checkOwnRouters(
  { variants }: Pick<Experiment, "variants">,
  routers: Pick<RouterRegistry, "find">,
  { workerFile, engine }: { readonly workerFile: string; readonly engine: EngineChoice },
): Promise<void> {
  const asked = new Map<string, { readonly router: RouterToCheck; readonly variants: string[] }>();
  for (const variant of variants) {
    for (const router of ownRouters(variant, routers)) {
      const key = JSON.stringify(router);
      const known = asked.get(key) ?? { router, variants: [] };
      known.variants.push(variant.name);
      asked.set(key, known);
    }
  }
  if (asked.size === 0) return;
  const all = [...asked.values()];
  const reports = await ask(
    all.map(({ router }) => router),
    workerFile,
  );
  const problems = all.flatMap(({ router, variants: names }, index) =>
    findingProblems(
      (reports[index]?.findings ?? []).filter(({ check }) => !isEager(engine) || check !== COMPILE_CHECK),
      router,
      names.join(", "),
    ),
  );
  if (problems.length > 0) throw new InputError(onceEach(problems));
}

/** Whether the engine asked for runs operation by operation, so that a router may look at values while it is debugged. */
function isEager(engine: EngineChoice): boolean {
  return engine === "tfjs-cpu" || engine === "tfjs-node";
}

/** Findings as problems of the router's file. */
export function findingProblems(
  findings: readonly RouterFinding[],
  { file, name }: Pick<RouterToCheck, "file" | "name">,
  variants: string | null,
): Problem[] {
  return findings.map(({ field, message, place }) => ({
    where: place ?? (file === null ? name : showFile(resolve(file))),
    path: field,
    message: variants === null ? message : `${message} [${variants}]`,
  }));
}

/** Users' routers as a variant has them, in whichever layers. */
function ownRouters({ settings }: Variant, { find }: Pick<RouterRegistry, "find">): RouterToCheck[] {
  const { experts, topK } = settings.model;
  const { batchSequences, sequenceLength } = settings.data;
  const model = { experts, topK };
  const needs = [{}, { model }, { model, data: { batchSequences, sequenceLength } }];
  return [settings.router, ...(settings.router.byLayer ?? [])].flatMap(({ name, options }) => {
    const { file } = find(name);
    return file === null ? [] : [{ file, name, options, needs }];
  });
}

async function ask(routers: readonly RouterToCheck[], workerFile: string) {
  try {
    const request = { type: "check", spec: { routers, threads: 1 } } as const;
    return (await askWorker(workerFile, request, "checked")).reports;
  } catch (error) {
    const files = [...new Set(routers.map(({ file }) => file))].join(", ");
    throw new InputError(`${files}: the router could not be checked: ${messageOf(error)}`);
  }
}

/** Each sentence once: variants with other options make the same mistakes. */
function onceEach(problems: readonly Problem[]): Problem[] {
  const first = new Map(problems.map((problem) => [problem.message.replace(/ \[[^[]*\]$/, ""), problem]));
  return [...first.values()];
}

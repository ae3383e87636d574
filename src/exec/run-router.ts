import { resolve } from "node:path";
import { InputError, type Problem } from "../core/errors.ts";
import { routerNames, routerWords } from "../config/by-layer/spans.ts";
import type { RunRecord } from "../records/run.ts";
import { shippedRouters } from "../routers/index.ts";
import { type ModelRouters, modelRouters } from "./model-routers.ts";
import { type LoadedRouter, loadUserRouter } from "./user-router.ts";

/**
 * The routers that a run used.
 * @param files of users' own routers, among which must be the very ones.
 * @throws InputError where it is not there.
 */
export async function routerOfRun(
  { name, identity }: Pick<RunRecord, "name" | "identity">,
  files: readonly string[],
): Promise<ModelRouters["find"]> {
  const refuse = (message: string): never => {
    throw new InputError([{ where: name, path: "router", message }]);
  };
  const { router: settings } = identity.settings;
  const router = routerWords(settings);
  const shippedOf = (name: string): LoadedRouter => ({
    router: shippedRouters.get(name) ?? refuse(`is ${router}, which this version of moe-lab does not have`),
    ...{ file: null, hash: null },
  });
  if (identity.routerHash === null) return modelRouters(settings, shippedOf).find;
  if (files.length === 0) return refuse(`is ${router} from a file of its own; name that file with --router`);
  const loaded = await Promise.all(files.map((file) => loadUserRouter(resolve(file))));
  const ownOf = (name: string): LoadedRouter | undefined => {
    const named = loaded.filter((one) => one.router.name === name);
    return named.find(({ hash }) => hash === identity.routerHash) ?? named[0];
  };
  const isThere = routerNames(settings).every((name) => ownOf(name) ?? shippedRouters.get(name));
  if (isThere) {
    const found = modelRouters(settings, (name) => ownOf(name) ?? shippedOf(name));
    if (found.hash === identity.routerHash) return found.find;
  }
  return refuse(
    `is ${router} from a file of its own, and ${files.join(", ")} is not that file or has changed since`,
  );
}

/**
 * Asks for the routers of some runs before there is any work, a run of each variant: seeds share theirs.
 * @throws InputError with all that are not there.
 */
export async function assertRouters(
  runs: readonly { readonly variant: string; readonly record: RunRecord }[],
  files: readonly string[],
): Promise<void> {
  const problems: Problem[] = [];
  for (const variant of new Set(runs.map((run) => run.variant))) {
    const first = runs.find((run) => run.variant === variant);
    try {
      if (first !== undefined) await routerOfRun(first.record, files);
    } catch (error) {
      if (!(error instanceof InputError)) throw error;
      problems.push(...error.problems);
    }
  }
  if (problems.length > 0) throw new InputError(problems);
}

import { checkEngines, examineRouter, type RouterReport } from "../check/check-router.ts";
import type { ModelNeeds } from "../check/models.ts";
import type { RouterOptions } from "../model/router.ts";
import { shippedRouters } from "../routers/index.ts";
import type { LoadedRouter } from "./user-router.ts";
import { loadUserRouter } from "./user-router.ts";

/** A router to check: a user's file, or a shipped router's name. */
export interface RouterToCheck {
  readonly file: string | null;
  readonly name: string;
  /** As an experiment has them, or as they are written. */
  readonly options: RouterOptions;
  /** What models must be for it, tried in this order. */
  readonly needs: readonly ModelNeeds[];
}

/** Checks routers for a worker process, in their order. @throws InputError where a file can't be loaded. */
export async function checkRouters(routers: readonly RouterToCheck[]): Promise<RouterReport[]> {
  const engines = await checkEngines();
  const reports: RouterReport[] = [];
  for (const { file, name, options, needs } of routers) {
    const { router } = await load(file, name);
    const { findings, passed, skipped } = await examineRouter({ router, options, needs, engines });
    reports.push({ findings, passed, skipped });
  }
  return reports;
}

async function load(file: string | null, name: string): Promise<Pick<LoadedRouter, "router">> {
  if (file !== null) return loadUserRouter(file);
  const router = shippedRouters.get(name);
  if (router === undefined) throw new Error(`there is no shipped router ${name}`);
  return { router };
}

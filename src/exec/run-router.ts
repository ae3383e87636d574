import { resolve } from "node:path";
import { InputError } from "../core/errors.ts";
import type { Router } from "../model/router.ts";
import type { RunRecord } from "../records/run.ts";
import { shippedRouters } from "../routers/index.ts";
import { loadUserRouter } from "./user-router.ts";

/**
 * The router that a run used.
 * @param files of users' own routers, of which one must be the very one.
 * @throws InputError where it is not there.
 */
export async function routerOfRun(
  { name, identity }: Pick<RunRecord, "name" | "identity">,
  files: readonly string[],
): Promise<Router> {
  const refuse = (message: string): never => {
    throw new InputError([{ where: name, path: "router", message }]);
  };
  const router = identity.settings.router.name;
  if (identity.routerHash === null) {
    return shippedRouters.get(router) ?? refuse(`is ${router}, which this version of moe-lab does not have`);
  }
  if (files.length === 0) return refuse(`is ${router} from a file of its own; name that file with --router`);
  const loaded = await Promise.all(files.map((file) => loadUserRouter(resolve(file))));
  const found = loaded.find(({ hash }) => hash === identity.routerHash);
  if (found !== undefined) return found.router;
  return refuse(
    `is ${router} from a file of its own, and ${files.join(", ")} is not that file or has changed since`,
  );
}

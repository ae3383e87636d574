import { InputError } from "../core/errors.ts";
import type { Router } from "../model/router.ts";
import type { LoadedRouter } from "./user-router.ts";
import { loadUserRouter } from "./user-router.ts";

/** The routers of a command: the shipped ones, and those that the experiment file brings. */
export interface RouterRegistry {
  /** Loads a user's module for `loadExperiment`; the same file is loaded once. @throws InputError */
  readonly load: (path: string) => Promise<Router>;
  /** A router by the name that it declares. @throws Error for a name that was never loaded (a bug). */
  readonly find: (name: string) => LoadedRouter;
}

/** Makes a registry with the shipped routers in it. */
export function routerRegistry(shipped: ReadonlyMap<string, Router>): RouterRegistry {
  const users = new Map<string, LoadedRouter>();
  return {
    load: async (path) => {
      const loaded = await loadUserRouter(path);
      const { name } = loaded.router;
      const other = shipped.has(name) ? "a shipped router" : users.get(name)?.file;
      if (other !== undefined && other !== path) {
        throw new InputError(
          `it declares the name "${name}", which is taken by ${other ?? ""}; give it another name`,
        );
      }
      users.set(name, loaded);
      return loaded.router;
    },
    find: (name) => {
      const router = shipped.get(name);
      const found = users.get(name) ?? (router && { router, file: null, hash: null });
      if (found === undefined) throw new Error(`router ${name} was not loaded`);
      return found;
    },
  };
}

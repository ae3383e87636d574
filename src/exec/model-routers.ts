import { routerNames } from "../config/by-layer/spans.ts";
import type { RouterSettings } from "../config/settings.ts";
import { hashJson } from "../core/json.ts";
import type { Named, Router } from "../model/router.ts";
import type { LoadedRouter } from "./user-router.ts";

/** The routers of a model's layers, loaded. */
export interface ModelRouters {
  /** By the name that settings have. */
  readonly find: (name: string) => Router;
  /** Absolute paths of users' files, by name. */
  readonly files: Named<string>;
  /** Of users' files: of one its own, of several one for all; null where all are shipped. */
  readonly hash: string | null;
}

/** Puts together the routers that some settings name. */
export function modelRouters(settings: RouterSettings, find: (name: string) => LoadedRouter): ModelRouters {
  const loaded = new Map(routerNames(settings).map((name) => [name, find(name)]));
  const own = [...loaded].flatMap(([name, { file, hash }]) => (file === null ? [] : [{ name, file, hash }]));
  const [first] = own;
  return {
    find: (name) => {
      const found = loaded.get(name);
      if (found === undefined) throw new Error(`router ${name} was not loaded`);
      return found.router;
    },
    files: Object.fromEntries(own.map(({ name, file }) => [name, file])),
    hash:
      first === undefined || own.length === 1
        ? (first?.hash ?? null)
        : hashJson(Object.fromEntries(own.map(({ name, hash }) => [name, hash]))),
  };
}

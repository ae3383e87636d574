import { neutralValues } from "./declared/setting.ts";
import { messageOf } from "../core/errors.ts";
import { isModulePath, type Layer, type SettingProblem } from "./layers.ts";
import type { RouterSchema, RouterSettings } from "./settings.ts";
import { shapeIssues } from "./shape.ts";
import { didYouMean, quoted, show } from "./suggest.ts";

/** Loads a user's router module from an absolute path. */
export type LoadRouter = (path: string) => Promise<RouterSchema>;

/** The routers that an experiment can use. */
export interface RouterLibrary {
  readonly shipped: ReadonlyMap<string, RouterSchema>;
  /** Modules by absolute path; a string says why one could not be loaded. */
  readonly modules: ReadonlyMap<string, RouterSchema | string>;
}

/** Loads every module that the layers name; one that can't be loaded is remembered with the reason. */
export async function loadModules(
  layers: readonly Layer[],
  shipped: ReadonlyMap<string, RouterSchema>,
  loadRouter: LoadRouter | undefined,
): Promise<RouterLibrary> {
  const names = layers
    .flatMap(({ values }) => [values.router?.name, values.parent?.router?.name])
    .filter((name) => name !== undefined);
  const modules = new Map<string, RouterSchema | string>();
  for (const path of new Set(names.filter(isModulePath))) {
    if (loadRouter === undefined) {
      modules.set(path, "router modules can't be loaded here");
      continue;
    }
    try {
      modules.set(path, await loadRouter(path));
    } catch (error) {
      modules.set(path, messageOf(error));
    }
  }
  return { shipped, modules };
}

/** A router's settings with all options present; its schema when it exists and accepts the options. */
export interface ResolvedRouter {
  readonly settings: RouterSettings;
  readonly schema: RouterSchema | undefined;
  readonly problems: readonly SettingProblem[];
}

/** Finds the router and fills in its options. */
export function resolveRouter(written: RouterSettings, library: RouterLibrary): ResolvedRouter {
  const { name } = written;
  const found = library.modules.get(name) ?? library.shipped.get(name);
  if (found === undefined || typeof found === "string") {
    const reason =
      found === undefined
        ? `there is no router ${show(name)}${didYouMean(name, library.shipped.keys()) || ";"} Routers: ${quoted(library.shipped.keys())}, or the path of a module (./my-router.js)`
        : `the router module ${show(name)} can't be used: ${found}`;
    return {
      settings: written,
      schema: undefined,
      problems: [{ paths: [["router", "name"]], message: reason }],
    };
  }
  const schema = found.options.strict();
  const parsed = schema.safeParse(written.options);
  if (parsed.success) {
    // What a younger option does not change stays unwritten, so that runs of before there was the option keep their ids.
    const neutral = neutralValues(schema);
    const chosen = Object.entries(parsed.data).filter(
      ([key, value]) => !(Object.hasOwn(neutral, key) && neutral[key] === value),
    );
    const settings = { name: found.name, options: Object.fromEntries(chosen) };
    return { settings, schema: found, problems: [] };
  }
  const problems = shapeIssues(schema, written.options).map(({ path, at, message }) => {
    return {
      paths: [["router", "options", ...path]],
      at,
      message: `${message} (router ${show(found.name)})`,
    };
  });
  return { settings: { ...written, name: found.name }, schema: undefined, problems };
}

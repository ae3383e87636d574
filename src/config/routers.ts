import { neutralValues } from "./declared/setting.ts";
import { messageOf } from "../core/errors.ts";
import type { Layer, LayerSettings, MergedSettings, SettingProblem } from "./layers.ts";
import { parsePath, type Segments } from "./paths.ts";
import type { DataSettings, ModelSettings, OneRouter, RouterSchema, RouterSettings } from "./settings.ts";
import { shapeIssues } from "./shape.ts";
import { didYouMean, quoted, show } from "./suggest.ts";
import { canonicalRouters, spanProblems } from "./by-layer/spans.ts";
import { isModulePath } from "./by-layer/written.ts";

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
  const namesOf = ({ router }: Pick<LayerSettings, "router">): (string | undefined)[] => [
    router?.name,
    ...(router?.byLayer ?? []).map(({ name }) => name),
  ];
  const names = layers
    .flatMap(({ values }) => [...namesOf(values), ...namesOf(values.parent ?? {})])
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
interface ResolvedRouter {
  readonly settings: OneRouter;
  readonly schema: RouterSchema | undefined;
  readonly problems: readonly SettingProblem[];
  /** Where it stands in the settings. */
  readonly at: Segments;
}

/** A model's routers with all options present. */
interface ResolvedRouters {
  readonly settings: RouterSettings;
  /** Whether all exist and accept their options. */
  readonly isKnown: boolean;
  /** Of each by itself. */
  readonly problems: readonly SettingProblem[];
  /** Of the layers that a list gives them. */
  readonly spanProblems: readonly SettingProblem[];
  /** What the routers can't have of a model and its data. */
  readonly impossible: (model: ModelSettings, data: DataSettings) => readonly SettingProblem[];
}

/** Finds the routers of all layers, fills in their options, and puts a list of them into its one form. */
export function resolveRouters(
  { name, options, layers, byLayer = [] }: MergedSettings["router"],
  model: Pick<ModelSettings, "layers" | "denseLayers">,
  library: RouterLibrary,
): ResolvedRouters {
  const main = resolveRouter({ name, options }, ["router"], library);
  const others = byLayer.map((entry, index) => ({
    layers: entry.layers,
    ...resolveRouter(entry, ["router", "byLayer", index], library),
  }));
  const list = {
    main: { layers, ...main.settings },
    byLayer: others.map((other) => ({ layers: other.layers, ...other.settings })),
  };
  const all = [main, ...others];
  return {
    settings: canonicalRouters(list, model),
    isKnown: all.every(({ schema }) => schema !== undefined),
    problems: all.flatMap(({ problems }) => problems),
    spanProblems: spanProblems(list, model),
    impossible: (whole, data) =>
      all.flatMap(({ schema, settings, at }) =>
        (schema?.problems(settings.options, whole, data) ?? []).map(({ path, message }) => {
          const [section, ...rest] = parsePath(path);
          return {
            paths: [section === "router" ? [...at, ...rest] : parsePath(path)],
            message: `${message} (router ${show(settings.name)})`,
          };
        }),
      ),
  };
}

/** Finds a router and fills in its options. */
function resolveRouter({ name, options }: OneRouter, at: Segments, library: RouterLibrary): ResolvedRouter {
  const found = library.modules.get(name) ?? library.shipped.get(name);
  if (found === undefined || typeof found === "string") {
    const reason =
      found === undefined
        ? `there is no router ${show(name)}${didYouMean(name, library.shipped.keys()) || ";"} Routers: ${quoted(library.shipped.keys())}, or the path of a module (./my-router.js)`
        : `the router module ${show(name)} can't be used: ${found}`;
    return {
      settings: { name, options },
      schema: undefined,
      problems: [{ paths: [[...at, "name"]], message: reason }],
      at,
    };
  }
  const schema = found.options.strict();
  const parsed = schema.safeParse(options);
  if (parsed.success) {
    // What a younger option does not change stays unwritten, so that runs of before there was the option keep their ids.
    const neutral = neutralValues(schema);
    const chosen = Object.entries(parsed.data).filter(
      ([key, value]) => !(Object.hasOwn(neutral, key) && neutral[key] === value),
    );
    const settings = { name: found.name, options: Object.fromEntries(chosen) };
    return { settings, schema: found, problems: [], at };
  }
  const problems = shapeIssues(schema, options).map(({ path, at: side, message }) => {
    return {
      paths: [[...at, "options", ...path]],
      at: side,
      message: `${message} (router ${show(found.name)})`,
    };
  });
  return { settings: { name: found.name, options }, schema: undefined, problems, at };
}

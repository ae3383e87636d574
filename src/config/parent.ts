import { NOISE_DEFAULTS, PARENT_DEFAULTS } from "./defaults.ts";
import type { Layer, LayerSettings, SettingProblem } from "./layers.ts";
import { contains, type Segments } from "./paths.ts";
import { routerWords } from "./by-layer/spans.ts";
import { ownSettings, type ParentSettings, type ParentTransfer, type Settings } from "./settings.ts";
import { show } from "./suggest.ts";

/** Where a parent stands below the settings. */
const ROOT: Segments = ["parent"];

/**
 * The layers that make a parent's settings: those that all variants (of the grid's combination) share, and above them what
 * each layer writes below `parent`, after the last one that writes `"parent": null`. A variant's own settings are not
 * among them, so that variants that say nothing of their parent have the same one.
 * @param layers all layers of a variant, the shared ones included.
 * @returns null when no parent is written.
 */
export function parentLayers(layers: readonly Layer[], shared: readonly Layer[]): readonly Layer[] | null {
  const start = layers.findLastIndex(({ values }) => values.parent === null) + 1;
  const writing = layers.slice(start).filter(({ values }) => values.parent !== undefined);
  if (writing.length === 0) return null;
  return [...shared, ...writing.map(belowParent)];
}

/**
 * How the parent's weights are taken over, the last layer on top.
 * @param keepsRouter whether the router is kept where nobody says so: by objectives that train on.
 */
export function transferOf(layers: readonly Layer[], keepsRouter: boolean): ParentTransfer {
  const start = layers.findLastIndex(({ values }) => values.parent === null) + 1;
  const written = layers.slice(start).flatMap(({ values }) => values.parent ?? []);
  return written.reduce<ParentTransfer>(
    (under, { seed, keepRouter, noise }) => {
      return {
        seed: seed === undefined ? under.seed : seed,
        keepRouter: keepRouter ?? under.keepRouter,
        noise:
          noise === undefined
            ? under.noise
            : noise && {
                share: noise.share ?? under.noise?.share ?? NOISE_DEFAULTS.share,
                std: noise.std ?? under.noise?.std ?? NOISE_DEFAULTS.std,
              },
      };
    },
    { ...PARENT_DEFAULTS, keepRouter: keepsRouter },
  );
}

/** What a layer writes below `parent`, as a layer of the parent's own settings. */
function belowParent(layer: Layer): Layer {
  const written: LayerSettings = layer.values.parent ?? {};
  return {
    values: ownSettings(written),
    place: (path, at) => layer.place([...ROOT, ...path], at),
    label: (path) => layer.label([...ROOT, ...path]),
    unknown: layer.unknown
      .filter((refused) => contains(ROOT, refused) || contains(refused, ROOT))
      .map((refused) => refused.slice(ROOT.length)),
  };
}

/** What can't be taken over from a parent, as far as settings tell. */
export function transferProblems(settings: Settings): readonly SettingProblem[] {
  const { parent, router, model } = settings;
  if (parent === null) return [];
  const problems: SettingProblem[] = [];
  const [its, own] = [routerWords(parent.router), routerWords(router)];
  if (parent.keepRouter && its !== own) {
    problems.push({
      paths: [[...ROOT, "keepRouter"], ROOT],
      message:
        `the parent's router ${show(its)} can't be kept by the router ${show(own)}; ` +
        `set keepRouter to false, or give both the same router`,
    });
  }
  if (parent.noise !== null && parent.model.experts === model.experts) {
    problems.push({
      paths: [[...ROOT, "noise"], ROOT],
      message: `noise is for experts that are copies, but the parent has ${model.experts} experts as well; remove it`,
    });
  }
  return problems;
}

/** A parent's settings as those of an ordinary run. */
export function parentRunSettings(parent: ParentSettings): Settings {
  return { ...ownSettings(parent), parent: parent.parent };
}

/** Steps of all runs that a run starts from, one after another. */
export function stepsBefore({ parent }: Pick<Settings, "parent">): number {
  return parent === null ? 0 : parent.training.steps + stepsBefore(parent);
}

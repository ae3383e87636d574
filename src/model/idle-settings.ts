import { differencesOf } from "../config/differences.ts";
import { routerWords } from "../config/by-layer/spans.ts";
import type { ModelSpec } from "./spec.ts";

/** A setting that cannot change a number of a model's results, and why. */
interface IdleSetting {
  /** Dotted path of `Settings`. */
  readonly path: string;
  /** Goes on behind "changes no number, since". */
  readonly why: string;
}

/**
 * The settings that do nothing as a model's other settings are, asked of these and of what the router declares. Whoever varies nothing else
 * compares a run with itself.
 */
function idleSettings({ settings, routers }: ModelSpec): readonly IdleSetting[] {
  const { distribution } = settings.model.init;
  const withExperts = routers.slice(settings.model.denseLayers);
  const isDrawn = withExperts.some(({ parameters }) => Object.values(parameters).some(({ std }) => std > 0));
  const named = routerWords(settings.router);
  const only = "it only decides where the loss is looked at";
  const all: readonly (readonly [boolean, string, string])[] = [
    [distribution !== "truncated-normal", "model.init.cut", `model.init.distribution is ${distribution}`],
    [
      !withExperts.some(({ wantsBalanceLoss }) => wantsBalanceLoss),
      "losses.balanceWeight",
      `the router ${named} has no use for the balance loss`,
    ],
    [!isDrawn, "streams.router", `the router ${named} has no weights that are drawn`],
    ...["decayNorms", "decayEmbeddings"].map(
      (name) =>
        [
          settings.training.optimizer.weightDecay === 0,
          `training.optimizer.${name}`,
          "training.optimizer.weightDecay is 0",
        ] as const,
    ),
    [settings.data.fimRate === 0, "data.fimSpm", "data.fimRate is 0"],
    [true, "training.evaluateEvery", only],
    [true, "training.evaluationTokens", only],
  ];
  return all.flatMap(([isIdle, path, why]) => (isIdle ? [{ path, why }] : []));
}

/**
 * Why two models are the same in every number of their results although their settings differ: the differences, each of which does nothing.
 * @returns null where a difference may change a number, or where there is none.
 */
export function idleDifferences(one: ModelSpec, two: ModelSpec): readonly IdleSetting[] | null {
  const others = idleSettings(two);
  const idle = idleSettings(one).filter(({ path }) => others.some((other) => other.path === path));
  const found = differencesOf(one.settings, two.settings).map(({ path }) =>
    idle.find((each) => each.path === path),
  );
  const known = found.filter((each) => each !== undefined);
  return known.length > 0 && known.length === found.length ? known : null;
}

import { differencesOf } from "../config/differences.ts";
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
function idleSettings({ settings, router }: ModelSpec): readonly IdleSetting[] {
  const { distribution } = settings.model.init;
  const isDrawn = Object.values(router.parameters).some(({ std }) => std > 0);
  const only = "it only decides where the loss is looked at";
  const all: readonly (readonly [boolean, string, string])[] = [
    [distribution !== "truncated-normal", "model.init.cut", `model.init.distribution is ${distribution}`],
    [
      !router.wantsBalanceLoss,
      "losses.balanceWeight",
      `the router ${router.name} has no use for the balance loss`,
    ],
    [!isDrawn, "streams.router", `the router ${router.name} has no weights that are drawn`],
    ...["decayNorms", "decayEmbeddings"].map(
      (name) =>
        [
          settings.training.optimizer.weightDecay === 0,
          `training.optimizer.${name}`,
          "training.optimizer.weightDecay is 0",
        ] as const,
    ),
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

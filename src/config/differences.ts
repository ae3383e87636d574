import type { SettingProblem } from "./layers.ts";
import { contains, dotted, leavesOf, parsePath, type Segments } from "./paths.ts";
import { routerWords } from "./by-layer/spans.ts";
import type { Settings } from "./settings.ts";
import { didYouMean, show } from "./suggest.ts";

/** Dotted paths in which two settings differ, with both values; lists count as one value. */
export function differencesOf(
  base: Settings,
  variant: Settings,
): readonly { readonly path: string; readonly base: unknown; readonly variant: unknown }[] {
  const [before, after] = [leavesOf(base), leavesOf(variant)];
  return [...new Set([...before.keys(), ...after.keys()])]
    .map((path) => ({ path, base: before.get(path), variant: after.get(path) }))
    .filter((leaf) => JSON.stringify(leaf.base) !== JSON.stringify(leaf.variant));
}

/**
 * Differences from the base that `varies` does not list. Another router counts once, as `router`, since its options
 * differ with it; a parent where the base has none, or none where it has one, counts once too.
 */
export function undeclaredDifferences(
  base: Settings,
  variant: Settings,
  varies: readonly string[],
): readonly SettingProblem[] {
  const allowed = varies.map(parsePath);
  const isAllowed = (path: string): boolean => allowed.some((outer) => contains(outer, parsePath(path)));
  const undeclared = differencesOf(base, variant).filter((leaf) => !isAllowed(leaf.path));
  const [before, after] = [routerWords(base.router), routerWords(variant.router)];
  const newRouter = before !== after && !isAllowed("router");
  const newParent = (base.parent === null) !== (variant.parent === null) && !isAllowed("parent");
  const problems = undeclared
    .filter((leaf) => !(newRouter && contains(["router"], parsePath(leaf.path))))
    .filter((leaf) => !(newParent && contains(["parent"], parsePath(leaf.path))))
    .map((leaf) => {
      const change = `differs from the base (${shown(leaf.base)} -> ${shown(leaf.variant)})`;
      return notListed(parsePath(leaf.path), change);
    });
  const change = `the router differs from the base (${before} -> ${after})`;
  const parents =
    base.parent === null ? "starts from a parent, unlike the base" : "has no parent, unlike the base";
  return [
    ...(newRouter ? [notListed(["router"], change)] : []),
    ...(newParent ? [notListed(["parent"], parents)] : []),
    ...problems,
  ];
}

function notListed(path: Segments, change: string): SettingProblem {
  const name = show(dotted(path));
  return {
    paths: [path],
    message: `${change}, but "varies" does not list it; add ${name} to "varies", or undo it`,
  };
}

function shown(value: unknown): string {
  return value === undefined ? "none" : show(value);
}

/** Entries of `varies` that are no setting, or in which nothing differs, with their index. */
export function uselessVaries(
  base: Settings,
  variant: Settings,
  varies: readonly string[],
): readonly { readonly index: number; readonly message: string }[] {
  const known = settingPaths([base, variant]);
  const differing = differencesOf(base, variant).map((leaf) => parsePath(leaf.path));
  return varies.flatMap((entry, index) => {
    if (!known.has(entry)) {
      return [{ index, message: `there is no setting ${show(entry)}${didYouMean(entry, known)}` }];
    }
    if (differing.some((path) => contains(parsePath(entry), path))) return [];
    return [
      {
        index,
        message: `${show(entry)} is the same as in the base; change it in the variant, or remove it here`,
      },
    ];
  });
}

/** Every dotted path of some settings, objects included. */
function settingPaths(all: readonly Settings[]): ReadonlySet<string> {
  const leaves = all.flatMap((settings) => [...leavesOf(settings).keys()].map(parsePath));
  return new Set([
    "router.options",
    ...leaves.flatMap((path) => path.map((_, depth) => dotted(path.slice(0, depth + 1)))),
  ]);
}

import type { Engine } from "../engine/types.ts";
import type { BoundRouter } from "../model/bound-router.ts";
import type { RoutingMode } from "../model/router.ts";
import { chanceProblems, withChances } from "./chance.ts";
import { once, threw, type Wrong } from "./finding.ts";
import { callLayer, type Layer, layerFeeds, warmFeeds } from "./layer.ts";
import { sameBits } from "./numbers.ts";
import { absentProblems, listening, unreadProblems } from "./reads.ts";
import { type ExpertAxes, tiedFeeds } from "./renumbering.ts";
import { returnedProblems } from "./returned.ts";
import { routeProgram } from "./route-program.ts";
import { fieldOf, valueProblems } from "./values.ts";

export const MODES: readonly RoutingMode[] = ["train", "eval", "causal-eval"];

/** Thrown where what came back was looked at and is of no use. */
class Seen extends Error {}

/** Types, names and shapes of what a router returns, in every mode and at every size; and what it reads. */
export async function returnProblems(engine: Engine, routers: readonly BoundRouter[]): Promise<Wrong[]> {
  const problems: Wrong[] = [];
  for (const bound of routers) {
    const { router, reads } = listening(bound);
    let isWhole = true;
    for (const mode of MODES) {
      const program = routeProgram(router, mode, (routing, next) => {
        const found = returnedProblems(routing, bound, mode, next);
        const where = ` (in ${mode} with ${sizesText(bound)})`;
        problems.push(...found.map(({ message, ...rest }) => ({ ...rest, message: message + where })));
        if (found.length > 0) throw new Seen();
      });
      try {
        await (await engine.compile(program)).run(layerFeeds(bound, 0));
      } catch (error) {
        isWhole = false;
        if (error instanceof Seen) continue;
        const absent = absentProblems(bound, reads);
        problems.push(...(absent.length > 0 ? absent : [inMode(threw("route", error), mode, bound)]));
      }
    }
    if (isWhole) problems.push(...unreadProblems(bound, reads));
  }
  return once(problems);
}

/** The numbers of a router's calls: at its start, after some training, and where all scores are tied. */
export async function numberProblems(
  engine: Engine,
  router: BoundRouter,
  axes: ExpertAxes,
): Promise<Wrong[]> {
  const problems: Wrong[] = [];
  const warm = await warmFeeds(engine, router);
  const points = [
    ["at its initial values", layerFeeds(router, 0, "initial")],
    ["after some steps", warm],
    ["after some steps", await warmFeeds(engine, router, 1)],
    ["where all scores are tied", tiedFeeds(router, axes)],
  ] as const;
  for (const [point, feeds] of points) {
    for (const mode of MODES) {
      const found = valueProblems(await callLayer(engine, router, mode, feeds), router.sizes);
      problems.push(
        ...found.map(({ message, ...rest }) => ({ ...rest, message: `${message} (in ${mode}, ${point})` })),
      );
    }
  }
  return once(problems);
}

/** Whether a router's numbers depend on its inputs alone. */
export async function outsideProblems(engine: Engine, bound: BoundRouter): Promise<Wrong[]> {
  const { router, chances } = withChances(bound);
  const feeds = await warmFeeds(engine, router);
  const changed = (await changedField(engine, router, feeds)) ?? null;
  return chanceProblems(chances, changed);
}

async function changedField(
  engine: Engine,
  router: BoundRouter,
  feeds: Awaited<ReturnType<typeof warmFeeds>>,
): Promise<string | undefined> {
  for (const mode of MODES) {
    const first: Layer = await callLayer(engine, router, mode, feeds);
    const again: Layer = await callLayer(engine, router, mode, feeds);
    const name = Object.keys(first.found).find((key) => !sameBits(first.found[key], again.found[key]));
    if (name !== undefined) return fieldOf(name);
  }
  return undefined;
}

function inMode({ message, ...rest }: Wrong, mode: RoutingMode, router: BoundRouter): Wrong {
  return { ...rest, message: `${message} (in ${mode} with ${sizesText(router)})` };
}

function sizesText({ sizes: { B, T, D, E, K } }: BoundRouter): string {
  return `B ${B}, T ${T}, S ${B * T}, D ${D}, E ${E}, K ${K}`;
}

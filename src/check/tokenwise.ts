import type { Engine, HostArray, HostTensors } from "../engine/types.ts";
import type { BoundRouter } from "../model/bound-router.ts";
import { wrong, type Wrong } from "./finding.ts";
import { difference } from "./future.ts";
import { callLayer, warmFeeds, type Layer } from "./layer.ts";

const DRAWS = 3;

/**
 * Turns all tokens of a batch around: of a router that routes each by itself, everything that it says of them is turned around too. What a token says
 * then stands at another position, behind others and in another sequence.
 */
export async function tokenwiseProblems(engine: Engine, router: BoundRouter): Promise<Wrong[]> {
  const mode = router.causal ? "eval" : "causal-eval";
  for (let draw = 0; draw < DRAWS; draw++) {
    const feeds = await warmFeeds(engine, router, draw);
    const before = await callLayer(engine, router, mode, feeds);
    const after = await callLayer(engine, router, mode, turnedFeeds(feeds, router));
    const found = difference(turnedLayer(before, router), after, router, () => true);
    if (found !== null) {
      const message =
        `routes a token by more than itself (in ${mode}): with the tokens of the batch in the opposite order, ${found}; ` +
        `take tokenwise: true away, and models with it are asked a whole text at a time`;
      return [wrong("route", message)];
    }
  }
  return [];
}

/** What a token has of its own, in the opposite order; noise stays where it is. */
function turnedFeeds(feeds: HostTensors, { sizes: { B, T }, carry }: BoundRouter): HostTensors {
  const own = ["x", "tokens", "labels", ...Object.keys(carry).map((name) => `carry/${name}`)];
  const turned = own.flatMap((name): [string, HostArray][] => {
    const values = feeds[name];
    return values === undefined ? [] : [[name, turnedRows(values, B * T)]];
  });
  return { ...feeds, ...Object.fromEntries(turned) };
}

function turnedLayer({ kind, found, gates }: Layer, { sizes: { B, T }, carry }: BoundRouter): Layer {
  const own = ["output", ...Object.keys(carry).map((name) => `carry/${name}`)];
  const turned = own.flatMap((name): [string, HostArray][] => {
    const values = found[name];
    return values === undefined ? [] : [[name, turnedRows(values, B * T)]];
  });
  return { kind, found: { ...found, ...Object.fromEntries(turned) }, gates: gates.toReversed() };
}

/** Rows in the opposite order. @param values [S, ..] */
function turnedRows(values: HostArray, S: number): HostArray {
  const width = values.length / S;
  return values.map((_, i) => values[(S - 1 - Math.floor(i / width)) * width + (i % width)] ?? NaN);
}

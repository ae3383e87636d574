/** Experts by dense gates of which few are left, or none, in random shapes: every engine against every expert on every token. */
import { describe, expect, it } from "vitest";
import { streamOf } from "../../src/core/streams.ts";
import { tf } from "../../src/engine/tf.ts";
import type { HostTensors, Tensor, Tensors } from "../../src/engine/types.ts";
import { applyExperts } from "../../src/model/experts.ts";
import { type Given, normals, runBody } from "../support/bodies.ts";
import { eager, engines } from "../support/engines.ts";
import { nativeApi, nativeEngine } from "../support/native-engine.ts";
import { relativeDistance } from "../support/tiny.ts";

const LAYERS = 3;
const WEIGHTS = ["gate", "up", "down"] as const;
const all = [...engines, ...(nativeApi === null ? [] : [nativeEngine({ threads: 2 })])];

interface Case {
  readonly given: Readonly<Record<string, Given>>;
  /** Of every layer. */
  readonly gates: readonly Given[];
}

/** Layers one on the other, each with gates of its own: S to 40, E to 6, one layer in three without a gate for anything. */
function randomCase(seed: number): Case {
  const stream = streamOf(seed, "sparse gates");
  const [S, D, F, E] = [1 + stream.integer(seed % 4 === 0 ? 2 : 40), 1 + stream.integer(9), 1 + stream.integer(9), 1 + stream.integer(6)]; // prettier-ignore
  const empty = stream.integer(LAYERS);
  const gates = Array.from({ length: LAYERS }, (_, layer) => {
    const share = layer === empty ? 0 : [0.05, 0.3, 0.9][stream.integer(3)]!;
    const values = Array.from({ length: S * E }, () => (stream.uniform() < share ? 0.5 + stream.uniform() : 0)); // prettier-ignore
    return { shape: [S, E], values };
  });
  const weights = gates.flatMap((_, layer) =>
    WEIGHTS.map((name): [string, Given] => [
      `${name}${layer}`,
      normals(name === "down" ? [E, F, D] : [E, D, F], seed, name, layer),
    ]),
  );
  const named = gates.map((gate, layer): [string, Given] => [`gates${layer}`, gate]);
  return { given: Object.fromEntries([["h", normals([S, D], seed, "h")], ...weights, ...named]), gates };
}

/** The loss, its slopes by every input, and what the experts made in all. */
function body(everyExpert: boolean, names: readonly string[]): (inputs: Tensors) => Tensors {
  return (inputs) => {
    const seen: Tensors = {};
    const loss = (...list: Tensor[]): Tensor => {
      const of = Object.fromEntries(names.map((name, at) => [name, list[at]!]));
      let h = of["h"]!;
      for (let layer = 0; layer < LAYERS; layer++) {
        const [gate, up, down] = WEIGHTS.map((name) => of[`${name}${layer}`]!);
        const assignment = { kind: "dense", gate: of[`gates${layer}`]!, ...(everyExpert && { everyExpert }) } as const; // prettier-ignore
        const made = applyExperts(h, assignment, { gate: gate!, up: up!, down: down! }, (sums) => {
          (seen as Record<string, Tensor>)[`sums${layer}`] = sums;
        });
        h = tf.tanh(tf.add(h, made));
      }
      return tf.sum(tf.square(h));
    };
    const list = names.map((name) => inputs[name]!);
    const slopes = tf.grads(loss)(list);
    const value = loss(...list);
    return {
      loss: value,
      ...seen,
      ...Object.fromEntries(names.map((name, at) => [`d/${name}`, slopes[at]!])),
    };
  };
}

describe.each(Array.from({ length: 12 }, (_, seed) => seed))("random gates %i", (seed) => {
  const { given, gates } = randomCase(seed);
  const names = Object.keys(given);
  const wanted = (): Promise<HostTensors> => runBody(eager, given, body(true, names));

  it.each(all.map((engine, index) => [`${index} ${engine.name}`, engine] as const))(
    "%s",
    async (_, engine) => {
      const [found, expected] = [await runBody(engine, given, body(false, names)), await wanted()];
      expect(Object.keys(found).sort()).toEqual(Object.keys(expected).sort());
      for (const [name, values] of Object.entries(expected)) {
        const layer = /^d\/gates(\d)$/.exec(name)?.[1];
        // A gate of zero has no slope.
        const masked =
          layer === undefined
            ? values
            : Float32Array.from(values, (slope, at) => (gates[Number(layer)]!.values[at] === 0 ? 0 : slope));
        expect(relativeDistance(found[name]!, masked), name).toBeLessThan(1e-4);
      }
    },
  );
});

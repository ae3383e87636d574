/** A decoder that keeps keys and values says what passes over whole sequences say, for every router that declares that it may. */
import { describe, expect, it } from "vitest";
import { streamOf } from "../../../src/core/streams.ts";
import type { Settings } from "../../../src/config/settings.ts";
import type { Engine, HostTensors } from "../../../src/engine/types.ts";
import { DECODING, logitsProgram } from "../../../src/model/decoding-programs.ts";
import { modelSpec } from "../../../src/model/spec.ts";
import type { Router } from "../../../src/model/router.ts";
import { shippedRouters } from "../../../src/routers/index.ts";
import { continueTexts, mostProbable } from "../../../src/train/decoding/continue.ts";
import { createDecoder } from "../../../src/train/decoding/create-decoder.ts";
import { keptDecoder } from "../../../src/train/decoding/kept-decoder.ts";
import type { ModelToDecode, TokenDecoder } from "../../../src/train/decoding/token-decoder.ts";
import { engines } from "../../support/engines.ts";
import { describeRouters, routerCases, trainState } from "../../support/router-cases.ts";
import { programFeeds, TINY_V, tinySettings } from "../../support/tiny.ts";

/** Logits are of order 1; sums in another order move them by a few 1e-7, another expert by 1e-2. */
const CLOSE = 1e-5;
const ROWS = 3;
const T = 8;
/** The fastest that there is here. */
const fast = engines.at(-1)!;

function modelOf(router: Router, change: Parameters<typeof tinySettings>[0], draw = 1): ModelToDecode {
  const settings = tinySettings({ ...change, data: { sequenceLength: T, batchSequences: ROWS } });
  const spec = modelSpec(settings, router, TINY_V);
  const feeds = programFeeds(logitsProgram(spec), spec, draw);
  trainState(feeds);
  const isNumber = ([name]: [string, unknown]) => /^(parameters|state)\//.test(name);
  const inputs: HostTensors = Object.fromEntries(Object.entries(feeds).filter(isNumber));
  return { spec, inputs, seed: 1 };
}

/** Logits [T][B * V] of the same random tokens. */
async function logitsOf(decoder: TokenDecoder): Promise<Float32Array[]> {
  const stream = streamOf(0, "decoders");
  const all: Float32Array[] = [];
  decoder.begin();
  for (let position = 0; position < T; position++) {
    const tokens = Int32Array.from({ length: ROWS }, () => stream.integer(TINY_V));
    all.push((await decoder.next(tokens, true)).slice());
  }
  await expect(decoder.next(new Int32Array(ROWS), true)).rejects.toThrow(
    `a sequence has ${T} tokens already`,
  );
  return all;
}

function distance(a: readonly Float32Array[], b: readonly Float32Array[]): number {
  return Math.max(...a.flatMap((row, at) => Array.from(row, (value, i) => Math.abs(value - b[at]![i]!))));
}

async function both(
  engine: Engine,
  model: ModelToDecode,
  isForced = false,
): Promise<{ kept: Float32Array[]; whole: Float32Array[] }> {
  const kept = await (isForced ? keptDecoder(engine, model) : createDecoder(engine, model, ROWS));
  expect(kept.kind).toBe("kept");
  const whole = await createDecoder(engine, model, ROWS, "whole");
  const found = { kept: await logitsOf(kept), whole: await logitsOf(whole) };
  // A second time, so that nothing of the first sequences is left.
  expect(distance(await logitsOf(kept), found.kept)).toBe(0);
  await Promise.all([kept.dispose(), whole.dispose()]);
  return found;
}

const asked = routerCases.filter(({ router }) => !router.seesLabels);
const tokenwise = asked.filter(({ router, options }) => router.tokenwise(options));
const others = asked.filter(({ router, options }) => !router.tokenwise(options));

describeRouters(tokenwise, ({ router, options, model }) => {
  it("declared to route token by token, gives the logits of whole sequences", async () => {
    const given = modelOf(router, { router: { name: router.name, options }, model });
    const { kept, whole } = await both(fast, given);
    expect(distance(kept, whole)).toBeLessThan(CLOSE);
    expect(Math.max(...whole.flatMap((row) => Array.from(row, Math.abs)))).toBeGreaterThan(0.1);
  });
});

describeRouters(others, ({ router, options, model, name }) => {
  it("declared to look at more than a token, is decoded by whole sequences, and must be", async () => {
    // Room for less than a token in four, so that it matters.
    const capacity = "evaluationCapacityFactor" in options ? { evaluationCapacityFactor: 0.5 } : {};
    const tight = { ...options, ...capacity };
    const given = modelOf(router, { router: { name: router.name, options: tight }, model });
    const decoder = await createDecoder(fast, given, ROWS);
    expect(decoder.kind).toBe("whole");
    await decoder.dispose();
    if (name.startsWith("redraw")) return; // a single token has no draws of whole sequences
    const { kept, whole } = await both(fast, given, true);
    expect(distance(kept, whole)).toBeGreaterThan(1e-3);
  });
});

it("there are routers of both kinds, and one that can't be asked", async () => {
  expect(tokenwise.length).toBeGreaterThan(30);
  expect(others.length).toBeGreaterThan(5);
  const oracle = modelOf(shippedRouters.get("oracle")!, { router: { name: "oracle" } });
  await expect(createDecoder(fast, oracle, 1)).rejects.toThrow("labels of the data");
});

/** What a layer may be made of. */
const MODELS: readonly (readonly [string, Partial<Settings["model"]>])[] = [
  ["localized filtering", { localizedFiltering: true }],
  ["layer norm with QK-norm", { norm: "layer", qkNorm: true }],
  [
    "no QK-norm, tied embeddings, a dense layer",
    { qkNorm: false, tiedEmbeddings: true, denseLayers: 1, layers: 3 },
  ],
  ["another rotary base, one head", { rotaryBase: 100, heads: 1, gateScale: 1.5 }],
  ["a latent width", { latentWidth: 5 }],
];

describe.each(MODELS)("a model with %s", (_, model) => {
  it.each(model.localizedFiltering === true ? engines : [fast])("on $name", async (engine) => {
    const router = shippedRouters.get("shared-expert")!;
    const { kept, whole } = await both(engine, modelOf(router, { router: { name: router.name }, model }));
    expect(distance(kept, whole)).toBeLessThan(CLOSE);
  });
});

it("texts are continued alike by both, however many at a time", async () => {
  const model = modelOf(shippedRouters.get("linear")!, { model: { localizedFiltering: true } });
  const stream = streamOf(1, "prompts");
  const prompts = [1, 3, 2, 5, 8, 4, 1].map((length) =>
    Int32Array.from({ length }, () => stream.integer(TINY_V)),
  );
  const options = { choose: mostProbable, most: 6, end: 4 };
  const said = [];
  for (const [rows, kind] of [
    [3, undefined],
    [3, "whole"],
    [1, "whole"],
    [7, undefined],
  ] as const) {
    const decoder = await createDecoder(fast, model, rows, kind);
    said.push(await continueTexts(decoder, prompts, options));
    await decoder.dispose();
  }
  const [first, ...again] = said;
  for (const other of again) expect(other).toEqual(first);
  // Greedy by hand: whole passes over a prompt and what was said so far.
  const spec = model.spec.resized({ B: 1, T });
  const executable = await fast.compile(logitsProgram(spec));
  for (const [index, prompt] of prompts.entries()) {
    const text = [...prompt];
    const expected: number[] = [];
    let isEnded = false;
    while (expected.length < 6 && text.length <= T && !isEnded) {
      const padded = Int32Array.from({ length: T }, (_, at) => text[at] ?? 9);
      const outputs = await executable.run({ ...model.inputs, "batch/inputs": padded });
      const row = outputs[DECODING.logits]!.subarray((text.length - 1) * TINY_V, text.length * TINY_V);
      const best = row.indexOf(Math.max(...row));
      if (best === 4) isEnded = true;
      else {
        text.push(best);
        expected.push(best);
      }
    }
    expect(first![index]).toEqual({ tokens: expected, isEnded });
  }
  await executable.dispose();
});

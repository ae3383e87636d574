import { expect, it } from "vitest";
import { streamOf } from "../../src/core/streams.ts";
import { evaluationBatches, trainingBatch } from "../../src/data/batches.ts";
import { rearranged, sentinelsOf } from "../../src/data/fill-in-the-middle.ts";
import { bpeTokenizer } from "../../src/data/tokenizers/bpe-tokenizer.ts";
import { byteTokenizer } from "../../src/data/tokenizers/tokenizer.ts";
import { trainBpe } from "../../src/data/tokenizers/train-bpe.ts";
import { corpusOf } from "./helpers.ts";

const [PREFIX, SUFFIX, MIDDLE] = [0xfd, 0xfe, 0xff];

it("is three bytes that UTF-8 never has, also among byte pairs", () => {
  expect(sentinelsOf(byteTokenizer)).toEqual({ prefix: PREFIX, suffix: SUFFIX, middle: MIDDLE });
  const text = new TextEncoder().encode("the cat and the hat and the bat. ".repeat(50));
  const bpe = bpeTokenizer(trainBpe([text], 270));
  const { prefix, suffix, middle } = sentinelsOf(bpe);
  expect([prefix, suffix, middle].map((token) => [...bpe.decode([token])])).toEqual([
    [PREFIX],
    [SUFFIX],
    [MIDDLE],
  ]);
});

/** Takes a sequence apart at its sentinels. */
function parts(sequence: readonly number[]): { order: string; text: readonly (readonly number[])[] } {
  const at = [...sequence.entries()].filter(([, token]) => [PREFIX, SUFFIX, MIDDLE].includes(token));
  const text = at.map(([start], index) => sequence.slice(start + 1, at[index + 1]?.[0]));
  return { order: at.map(([, token]) => "psm"[[PREFIX, SUFFIX, MIDDLE].indexOf(token)]).join(""), text };
}

it("moves the middle behind the suffix, in one order or the other, and loses no token", () => {
  const window = Uint8Array.from([1, 2, 3, 4, 5, 6, 7]);
  const sentinels = sentinelsOf(byteTokenizer);
  const cuts = new Set<string>();
  for (let draw = 0; draw < 400; draw++) {
    const psm = parts([...rearranged(window, sentinels, 0, streamOf(draw, "psm"))]);
    expect(psm.order).toBe("psm");
    const [prefix = [], suffix = [], middle = []] = psm.text;
    expect([...prefix, ...middle, ...suffix]).toEqual([...window]);
    cuts.add(`${prefix.length} ${middle.length}`);
    const spm = parts([...rearranged(window, sentinels, 1, streamOf(draw, "psm"))]);
    // The same cut: <prefix> <suffix> suffix <middle> prefix middle.
    expect(spm.order).toBe("psm");
    expect(spm.text).toEqual([[], suffix, [...prefix, ...middle]]);
  }
  // Two of eight places each: every cut, 36 of them, comes.
  expect(cuts.size).toBe(36);
});

it("rearranges its share of the training sequences, leaves the others, and validation, as they are", () => {
  const train = Array.from({ length: 400 }, (_, at) => String.fromCodePoint(97 + (at % 26))).join("");
  const corpus = { ...corpusOf({ a: { weight: 1, train, validation: train } }), tokenizer: byteTokenizer };
  const shape = { sequenceLength: 12, batchSequences: 8, fimSpm: 0.5 };
  let rearrangedRows = 0;
  for (let step = 0; step < 50; step++) {
    const plain = trainingBatch(corpus, { ...shape, fimRate: 0 }, 3, step);
    const half = trainingBatch(corpus, { ...shape, fimRate: 0.5 }, 3, step);
    const all = trainingBatch(corpus, { ...shape, fimRate: 1 }, 3, step);
    for (let row = 0; row < 8; row++) {
      const of = ({ inputs, targets }: typeof plain): number[] => [
        ...inputs.subarray(row * 12, row * 12 + 12),
        targets[row * 12 + 11]!,
      ];
      const isMoved = of(half).includes(MIDDLE);
      if (isMoved) rearrangedRows += 1;
      expect(of(half)).toEqual(isMoved ? of(all) : of(plain));
      // The first ten tokens of the same window, in another order.
      const text = of(all).filter((token) => token < 0x80);
      expect([...text].sort()).toEqual(of(plain).slice(0, 10).sort());
      expect([...half.targets.subarray(row * 12, row * 12 + 11)]).toEqual([
        ...half.inputs.subarray(row * 12 + 1, row * 12 + 12),
      ]);
    }
  }
  // Binomial, 400 of one half: 3 standard deviations are 30.
  expect(Math.abs(rearrangedRows - 200)).toBeLessThan(30);
  const judged = (fimRate: number): unknown =>
    evaluationBatches(corpus, { ...shape, fimRate } as never, "validation", 96);
  expect(judged(1)).toEqual(judged(0));
});

import { describe, expect, it } from "vitest";
import { streamOf } from "../../src/core/streams.ts";
import { eachGram } from "../../src/data/grams.ts";
import { measureOverlap } from "../../src/data/overlap.ts";
import { bytes } from "./helpers.ts";

function gramsOf(text: string): number[] {
  const grams: number[] = [];
  eachGram(bytes(text), (gram) => grams.push(gram));
  return grams;
}

/** Words w<from> .. w<to - 1>. */
function words(from: number, to: number): string {
  return Array.from({ length: to - from }, (_, index) => `w${from + index}`).join(" ");
}

describe("grams of 13 words", () => {
  it("are one for each place where 13 words begin, and one for a shorter text", () => {
    expect(gramsOf(words(0, 20))).toHaveLength(8);
    expect(gramsOf(words(0, 13))).toHaveLength(1);
    expect(gramsOf(words(0, 12))).toHaveLength(1);
    expect(gramsOf(" -- \n")).toEqual([]);
    expect(gramsOf(words(0, 20)).slice(2, 5)).toEqual(gramsOf(words(2, 17)));
  });

  it("do not see case, punctuation and white space, but letters, order and number", () => {
    const base = gramsOf("The whale is a fish, a fish with lungs: so says Linnaeus, and I");
    expect(gramsOf("the whale is\r\n a FISH — a fish “with” lungs so says, Linnaeus and I.")).toEqual(base);
    expect(gramsOf("The whale is a dish, a fish with lungs: so says Linnaeus, and I")).not.toEqual(base);
    expect(gramsOf("a b")).not.toEqual(gramsOf("b a"));
    expect(gramsOf("a a")).not.toEqual(gramsOf("a"));
    expect(gramsOf("é")).not.toEqual(gramsOf("è"));
  });

  it("take each character of scripts without spaces for a word", () => {
    expect(gramsOf("人人生而自由在尊严和权利上一律平等")).toHaveLength(17 - 12);
    expect(gramsOf("すべての人間は生れながら、にして")).toHaveLength(15 - 12);
    expect(gramsOf("Все люди рождаются свободными")).toHaveLength(1); // four words
  });

  it("are told apart: a million of them collide nowhere", () => {
    const stream = streamOf(0, "grams");
    const seen = new Set<number>();
    const text = Array.from({ length: 300_000 }, () => stream.integer(1e9).toString(36)).join(" ");
    for (const gram of gramsOf(text)) seen.add(gram);
    expect(seen.size).toBe(300_000 - 12);
  });
});

describe("measureOverlap", () => {
  it("counts the share of held-out grams that any training document has, and documents that share half", () => {
    const training = [words(0, 30), words(100, 120)].map(bytes);
    const heldOut = [
      [words(10, 40), words(5, 35), "short one"], // 18 grams, 10 - 17 in training: 8; 18 and 13
      [words(25, 35) + " " + words(100, 113)], // grams across the join are in no training document: 1 of 11
      ["", "w0 w1"], // words without 13 are one gram, which training does not have
    ].map((documents) => documents.map(bytes));
    expect(measureOverlap(heldOut, training)).toEqual([
      { documents: 3, nearDuplicates: 1, grams: 18 + 18 + 1, shared: 8 + 13 },
      { documents: 1, nearDuplicates: 0, grams: 11, shared: 1 },
      { documents: 1, nearDuplicates: 0, grams: 1, shared: 0 },
    ]);
  });
});

import { readFileSync } from "node:fs";
import * as huggingFace from "@huggingface/tokenizers";
import { describe, expect, it } from "vitest";
import { streamOf } from "../../../src/core/streams.ts";
import { bpeModel } from "../../../src/data/tokenizers/bpe-model.ts";
import { bpeTokenizer } from "../../../src/data/tokenizers/bpe-tokenizer.ts";
import { BYTE_LETTERS } from "../../../src/data/tokenizers/byte-letters.ts";
import { huggingFaceJson } from "../../../src/data/tokenizers/hugging-face.ts";
import { eachPiece } from "../../../src/data/tokenizers/pieces.ts";
import { byteTokenizer, type Merge } from "../../../src/data/tokenizers/tokenizer.ts";
import { trainBpe } from "../../../src/data/tokenizers/train-bpe.ts";
import { bytes } from "../helpers.ts";
import { chapters, hostileTexts } from "./texts.ts";

/** GPT-2's pattern as a regular expression, with Unicode's white space. */
const PATTERN =
  /'s|'t|'re|'ve|'m|'ll|'d| ?\p{L}+| ?\p{N}+| ?[^\p{White_Space}\p{L}\p{N}]+|\p{White_Space}+(?!\P{White_Space})|\p{White_Space}+/gu;

const HOSTILE = hostileTexts(1, 80);

/** Trained on prose and on the hostile texts, so that there are merges in all of them. */
const MERGES = trainBpe([...chapters(), ...HOSTILE, ...HOSTILE].map(bytes), 1500);
const TOKENIZER = bpeTokenizer(MERGES);

function piecesOf(text: Uint8Array): Uint8Array[] {
  const found: Uint8Array[] = [];
  eachPiece(text, (start, end) => found.push(text.subarray(start, end)));
  return found;
}

describe("pieces", () => {
  it("are those of GPT-2's pattern", () => {
    for (const text of [...chapters(), ...HOSTILE]) {
      expect(piecesOf(bytes(text)).map((piece) => Buffer.from(piece).toString("utf8"))).toEqual(
        text.match(PATTERN) ?? [],
      );
    }
  });

  it("of bytes that are no UTF-8 are the text, side by side", () => {
    // A lone continuation byte, a cut character, a surrogate (ED A0 80), an overlong slash (C0 AF), FF.
    const broken = Uint8Array.of(
      0x61,
      0x80,
      0x62,
      0xe4,
      0xbd,
      0x20,
      0xed,
      0xa0,
      0x80,
      0xc0,
      0xaf,
      0xff,
      0x31,
    );
    expect(piecesOf(broken).map((piece) => Buffer.from(piece).toString("hex"))).toEqual([
      ...["61", "80", "62", "e4bd", "20eda080c0afff", "31"],
    ]);
  });
});

describe("training", () => {
  it("merges the most frequent pair, again and again", () => {
    // " abc" and "abd" twice each, "x" once: (a, b) 4 times -> 256; then (" ", 256) and (256, c) 2 times each, and (256, d):
    // the letter of " " is U+0120, above all letters of ASCII, but 256 comes after every byte: (" ", 256) has the smallest left id.
    const merges = trainBpe([bytes(" abc abc"), bytes("abd"), bytes("abd"), bytes("x")], 259);
    expect(merges).toEqual([
      [97, 98],
      [32, 256],
      [256, 100],
    ]);
  });

  it("counts runs from left to right, and stops where no pair is seen twice", () => {
    // "aaaaa": (a, a) 4 times -> "aa aa a", where no pair is seen twice.
    expect(trainBpe([bytes("aaaaa")], 1000)).toEqual([[97, 97]]);
    expect(trainBpe([], 1000)).toEqual([]);
    expect(trainBpe([bytes("ab"), bytes("c")], 1000)).toEqual([]);
  });

  it("makes the merges that Python's tokenizers makes (fixtures/tokenizers)", () => {
    const path = new URL("../../fixtures/tokenizers/expected.json", import.meta.url);
    const { merges } = JSON.parse(readFileSync(path, "utf8")) as { merges: [string, string][] };
    expect(merges).toHaveLength(700 - 256);
    expect(lettersOf(trainBpe(chapters().map(bytes), 700))).toEqual(merges);
  });

  it("finds what counting everything anew finds", () => {
    for (let seed = 1; seed <= 8; seed++) {
      const stream = streamOf(seed, "test/bpe");
      const text = bytes(Array.from({ length: 400 }, () => "aab b  c'é"[stream.integer(10)]).join(""));
      expect(trainBpe([text], 290)).toEqual(trainSlowly(text, 290));
    }
  });

  it("does not depend on the order of texts", () => {
    const texts = [...chapters(), ...HOSTILE].map(bytes);
    expect(trainBpe(texts.toReversed(), 800)).toEqual(trainBpe(texts, 800));
  });

  it("takes no quadratic time for a run of 200 000 letters", () => {
    const text = new Uint8Array(200_000).fill(97);
    // Tokens of 2^k letters stand there floor(200 000 / 2^k) times, 3 times for k = 16: two pairs of them make 2^17.
    const merges = trainBpe([text], 1000);
    expect(bpeModel(merges).tokens.at(-1)).toHaveLength(2 ** 17);
    expect(bpeTokenizer(merges).decode(bpeTokenizer(merges).encode(text))).toEqual(Buffer.from(text));
  });
});

describe("encoding", () => {
  it("gives the bytes back, whatever they are", () => {
    const stream = streamOf(1, "test/bytes");
    const random = Array.from({ length: 50 }, () =>
      Uint8Array.from({ length: 200 }, () => stream.integer(256)),
    );
    for (const text of [...HOSTILE.map(bytes), ...chapters().map(bytes), ...random]) {
      expect(Buffer.from(TOKENIZER.decode(TOKENIZER.encode(text))).equals(text)).toBe(true);
    }
  });

  it("merges by rank, the leftmost first, one at a time", () => {
    for (const text of HOSTILE.map(bytes)) {
      if (text.length > 2000) continue; // the slow route is quadratic
      expect([...TOKENIZER.encode(text)]).toEqual(piecesOf(text).flatMap(encodeSlowly));
    }
  });

  it("says what bytes a token stands for", () => {
    const text = bytes(chapters()[0]!);
    const tokens = TOKENIZER.encode(text);
    expect(Array.from(tokens).reduce((sum, token) => sum + TOKENIZER.tokenBytes[token]!, 0)).toBe(
      text.length,
    );
    expect(TOKENIZER.vocabulary).toBe(1500);
    expect(TOKENIZER.tokenBytes).toHaveLength(1500);
  });
});

/** As far as it is used here; the package's own types name files that TypeScript does not find. */
const { Tokenizer: HuggingFace } = huggingFace as unknown as {
  readonly Tokenizer: new (
    json: object,
    config: object,
  ) => {
    readonly encode: (text: string) => { readonly ids: readonly number[] };
  };
};

describe("tokenizer.json", () => {
  const open = (merges: readonly Merge[]) =>
    new HuggingFace(JSON.parse(huggingFaceJson(merges)) as object, {});

  it("opens in @huggingface/tokenizers, which gives the same tokens", () => {
    const theirs = open(MERGES);
    for (const text of [...chapters(), ...HOSTILE]) {
      // JavaScript's \s, which that package has, holds U+FEFF and lacks U+0085; neither is in these texts.
      expect(theirs.encode(text).ids).toEqual([...TOKENIZER.encode(bytes(text))]);
    }
  });

  it("of the byte tokenizer gives bytes", () => {
    const theirs = open(byteTokenizer.merges);
    for (const text of HOSTILE) expect(theirs.encode(text).ids).toEqual([...bytes(text)]);
  });
});

describe("the byte tokenizer", () => {
  it("takes every byte for a token", () => {
    expect(byteTokenizer.vocabulary).toBe(256);
    // UTF-8: é is C3 A9.
    expect([...byteTokenizer.encode(bytes("aé"))]).toEqual([0x61, 0xc3, 0xa9]);
    expect(Buffer.from(byteTokenizer.decode([0x61, 0xc3, 0xa9])).toString()).toBe("aé");
    expect([...byteTokenizer.tokenBytes]).toEqual(Array.from({ length: 256 }, () => 1));
  });
});

function lettersOf(merges: readonly Merge[]): string[][] {
  const { tokens } = bpeModel(merges);
  const word = (id: number) => Array.from(tokens[id]!, (byte) => BYTE_LETTERS[byte]).join("");
  return merges.map(([left, right]) => [word(left), word(right)]);
}

/** BPE by its definition: after each merge all pairs are counted anew. */
function trainSlowly(text: Uint8Array, vocabulary: number): Merge[] {
  let words = piecesOf(text).map((piece) => [...piece]);
  const merges: Merge[] = [];
  const letters = [...BYTE_LETTERS].sort();
  const rank = (id: number) => (id < 256 ? letters.indexOf(BYTE_LETTERS[id]!) : id);
  while (bpeModel(merges).tokens.length < vocabulary) {
    const counts = new Map<string, number>();
    for (const word of words) {
      for (let at = 1; at < word.length; at++) {
        const key = `${word[at - 1]},${word[at]}`;
        counts.set(key, (counts.get(key) ?? 0) + 1);
      }
    }
    const [best] = [...counts]
      .map(([key, count]) => ({ pair: key.split(",").map(Number) as [number, number], count }))
      .sort(
        (a, b) => b.count - a.count || rank(a.pair[0]) - rank(b.pair[0]) || rank(a.pair[1]) - rank(b.pair[1]),
      );
    if (best === undefined || best.count < 2) break;
    merges.push(best.pair);
    const result = bpeModel(merges).results.at(-1)!;
    words = words.map((word) => {
      const merged: number[] = [];
      for (let at = 0; at < word.length; at++) {
        const isPair = word[at] === best.pair[0] && word[at + 1] === best.pair[1];
        merged.push(isPair ? result : word[at]!);
        if (isPair) at += 1;
      }
      return merged;
    });
  }
  return merges;
}

const RANKS = new Map(MERGES.map((merge, rank) => [String(merge), rank]));
const RESULTS = bpeModel(MERGES).results;

/** BPE by its definition, with MERGES: the best pair of all is looked for anew after each merge. */
function encodeSlowly(piece: Uint8Array): number[] {
  const word = [...piece];
  for (;;) {
    let best = { rank: Infinity, at: -1 };
    for (let at = 1; at < word.length; at++) {
      const rank = RANKS.get(`${word[at - 1]},${word[at]}`) ?? Infinity;
      if (rank < best.rank) best = { rank, at };
    }
    if (best.at === -1) return word;
    word.splice(best.at - 1, 2, RESULTS[best.rank]!);
  }
}

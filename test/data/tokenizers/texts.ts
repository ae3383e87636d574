/** Texts for tests of tokenizers. */
import { shippedCorpus } from "../../../src/data/corpora/registry.ts";
import { streamOf } from "../../../src/core/streams.ts";

/** Two chapters of Moby-Dick, as strings. */
export function chapters(): string[] {
  const files = shippedCorpus("fiction")?.read() ?? [];
  return [2, 3].map((index) => Buffer.from(files[index]?.content ?? []).toString("utf8"));
}

/** Characters that tokenizers stumble over. */
const HARD = [
  ...Array.from(
    "\u0000\u0001\b\t\n\v\f\r\u001b\u007f\u0080\u00a0\u00ad\u200b\u200d\u2028\u2029\u202e\u3000\ufffd\uffff",
  ),
  ...Array.from("'\"`\\ {}<|endoftext|>ĠĊÃ"),
  ...Array.from("aAzéßſİıßﬁǅʰªºΩжاहि๑ไทยกำ你好日本語가각ᄀ"),
  ...Array.from("0٣५¼Ⅷ①²"),
  ...Array.from("😀👩‍👩‍👧🏽🇩🇪☃️𝔘𐍈\u{10ffff}\u{e0001}"),
  "\r\n",
  "'s",
  "'ve",
  "'LL",
  "e\u0301",
];

/** Hostile texts that are UTF-8, from a seed: edge cases, long runs, and `count` mixtures. */
export function hostileTexts(seed: number, count: number): string[] {
  const stream = streamOf(seed, "test/hostile");
  const draw = <Item>(items: readonly Item[]): Item => items[stream.integer(items.length)] as Item;
  const mixtures = Array.from({ length: count }, () =>
    Array.from({ length: stream.integer(60) }, () =>
      draw([draw(HARD), draw([" ", "  ", "\n", "\n\n"]), draw(["the", "it's", "I'll", "don't", "2024"])]),
    ).join(""),
  );
  return [
    ...[
      "",
      " ",
      "  ",
      " a",
      "a ",
      "a  b",
      " \n b",
      "\n\n\na",
      "'",
      "''s",
      "I'll've",
      " 's",
      "a\u00a0\u00a0b",
      "\t\tif",
    ],
    ...[
      "a".repeat(2000),
      " ".repeat(1500),
      `${" ".repeat(100)}x`,
      "你".repeat(600),
      "😀".repeat(300),
      "ab".repeat(800),
    ],
    HARD.join(""),
    ...mixtures,
  ];
}

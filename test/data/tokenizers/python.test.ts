import { spawnSync } from "node:child_process";
import { fileURLToPath } from "node:url";
import { expect, it } from "vitest";
import { bpeModel } from "../../../src/data/tokenizers/bpe-model.ts";
import { bpeTokenizer } from "../../../src/data/tokenizers/bpe-tokenizer.ts";
import { BYTE_LETTERS } from "../../../src/data/tokenizers/byte-letters.ts";
import { huggingFaceJson } from "../../../src/data/tokenizers/hugging-face.ts";
import { trainBpe } from "../../../src/data/tokenizers/train-bpe.ts";
import { findPython } from "../../support/python.ts";
import { bytes } from "../helpers.ts";
import { chapters, hostileTexts } from "./texts.ts";

const python = findPython("tokenizers");
const SCRIPT = fileURLToPath(new URL("../../fixtures/tokenizers/reference.py", import.meta.url));

it.skipIf("missing" in python)(
  `trains and encodes as Python's tokenizers does${"missing" in python ? ` (${python.missing})` : ""}`,
  () => {
    // U+0085 and U+FEFF, at which JavaScript's white space differs from Unicode's, are in these.
    const texts = [...hostileTexts(2, 300), "a\u0085\u0085b \ufeff c\ufeff\ufeffd"];
    const train = [...chapters(), ...texts, ...texts];
    const merges = trainBpe(train.map(bytes), 1200);
    const input = { train, vocabulary: 1200, encode: texts, file: huggingFaceJson(merges) };
    const { stdout, stderr } = spawnSync("path" in python ? python.path : "", [SCRIPT], {
      input: JSON.stringify(input),
      encoding: "utf8",
      maxBuffer: 2 ** 28,
    });
    expect(stderr).toBe("");
    const theirs = JSON.parse(stdout) as { merges: [string, string][]; ids: number[][] };
    const { tokens } = bpeModel(merges);
    const word = (id: number) => Array.from(tokens[id]!, (byte) => BYTE_LETTERS[byte]).join("");
    expect(merges.map(([left, right]) => [word(left), word(right)])).toEqual(theirs.merges);
    const tokenizer = bpeTokenizer(merges);
    expect(texts.map((text) => [...tokenizer.encode(bytes(text))])).toEqual(theirs.ids);
  },
);

/**
 * Greedy decoding and scores of answers against transformers, on exported models. Needs Python with torch and transformers
 * (MOE_LAB_PYTHON, or python3).
 */
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { expect, it } from "vitest";
import { streamOf } from "../../../src/core/streams.ts";
import { modelSpec } from "../../../src/model/spec.ts";
import { writeOlmoeFiles } from "../../../src/store/olmoe-files.ts";
import { scoreChoices } from "../../../src/train/decoding/ask.ts";
import { continueTexts, mostProbable } from "../../../src/train/decoding/continue.ts";
import { createDecoder } from "../../../src/train/decoding/create-decoder.ts";
import { engines } from "../../support/engines.ts";
import { temporaryFolder } from "../../support/folder.ts";
import { olmoeCaseFiles, olmoeCases } from "../../support/olmoe-cases.ts";
import { findPython } from "../../support/python.ts";
import { run } from "../../support/spawn.ts";
import { TINY_V } from "../../support/tiny.ts";

const SCRIPT = fileURLToPath(new URL("../../fixtures/transformers/answers.py", import.meta.url));
const MOST = 4;
const engine = engines.at(-1)!;

interface Said {
  readonly greedy: readonly (readonly number[])[];
  readonly logProbabilities: readonly number[];
}

const stream = streamOf(0, "questions");
const tokens = (length: number): number[] => Array.from({ length }, () => stream.integer(TINY_V));
const prompts = [1, 2, 3, 1, 2, 3, 1, 2, 3, 2].map(tokens);
/** Whole sequences of T + 1 = 7 tokens; the answer begins at 2 to 5 and goes to the end. */
const answers = [2, 3, 4, 5, 2, 3, 4, 5].map((begin) => ({ tokens: tokens(7), begin, end: 7 }));

const python = findPython("torch", "transformers");
const title = "greedy decoding and log-probabilities of answers are those of transformers";
if ("missing" in python) it.skip(`${title} (${python.missing})`, () => undefined);
else {
  it(
    title,
    async () => {
      const folders = olmoeCases.map((one) => {
        const folder = join(temporaryFolder(), one.name);
        writeOlmoeFiles(folder, olmoeCaseFiles(one));
        writeFileSync(join(folder, "questions.json"), JSON.stringify({ prompts, most: MOST, answers }));
        return folder;
      });
      const { code, stdout, stderr } = await run(python.path, [SCRIPT, ...folders], {
        env: { ...process.env, HF_HUB_OFFLINE: "1", OMP_NUM_THREADS: "1" },
      });
      if (code !== 0) throw new Error(stderr);
      const theirs = JSON.parse(stdout) as Record<string, Said>;
      for (const [index, { settings, router, parameters }] of olmoeCases.entries()) {
        const spec = modelSpec(settings, router, TINY_V);
        const inputs = Object.fromEntries(
          Object.entries(parameters).map(([name, { values }]) => [`parameters/${name}`, values]),
        );
        const model = { spec, inputs, seed: 1 };
        const decoder = await createDecoder(engine, model, 4);
        expect(decoder.kind).toBe("kept");
        const said = await continueTexts(decoder, prompts, { choose: mostProbable, most: MOST, end: null });
        await decoder.dispose();
        const scores = await scoreChoices(engine, model, answers);
        const { greedy, logProbabilities } = theirs[folders[index]!]!;
        expect(said.map((one) => one.tokens)).toEqual(greedy);
        // It says different things, so that equal ones mean something.
        expect(new Set(greedy.map((one) => one.join())).size).toBeGreaterThan(3);
        expect(scores.map(({ bytes }) => bytes)).toEqual(answers.map(({ begin }) => 7 - begin));
        scores.forEach(({ logProbability }, i) =>
          expect(logProbability).toBeCloseTo(logProbabilities[i]!, 4),
        );
      }
    },
    120_000,
  );
}

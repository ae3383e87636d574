/**
 * Needles and continuations as transformers answers them, on an exported model. Needs Python with torch and transformers
 * (MOE_LAB_PYTHON, or python3).
 */
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { expect, it } from "vitest";
import { clozeQuestions } from "../../../src/data/questions/clozes.ts";
import { needleQuestions } from "../../../src/data/questions/needles.ts";
import { byteTokenizer } from "../../../src/data/tokenizers/tokenizer.ts";
import { modelSpec } from "../../../src/model/spec.ts";
import { writeOlmoeFiles } from "../../../src/store/olmoe-files.ts";
import { chooseCandidates, saysAnswers } from "../../../src/train/decoding/ask-text.ts";
import { engines } from "../../support/engines.ts";
import { temporaryFolder } from "../../support/folder.ts";
import { bytesCase, olmoeCaseFiles } from "../../support/olmoe-cases.ts";
import { findPython } from "../../support/python.ts";
import { run } from "../../support/spawn.ts";
import { proseCorpus } from "../../support/tiny-corpus.ts";

const SCRIPT = fileURLToPath(new URL("../../fixtures/transformers/answers.py", import.meta.url));
const engine = engines.at(-1)!;
const text = { tokenizer: byteTokenizer, domains: proseCorpus(4000).domains, length: 64 };
const needles = needleQuestions(text).slice(0, 24);
const questions = [...needles, ...clozeQuestions(text).slice(0, 24)];
const { settings, router, parameters, vocabulary } = bytesCase;
const inputs = Object.fromEntries(
  Object.entries(parameters).map(([name, { values }]) => [`parameters/${name}`, values]),
);
const model = { spec: modelSpec(settings, router, vocabulary), inputs, seed: 1 };

interface Said {
  readonly greedy: readonly (readonly number[])[];
  readonly logProbabilities: readonly number[];
}

const python = findPython("torch", "transformers");
const title = "transformers chooses the same candidates of an exported model, and says the same";
if ("missing" in python) it.skip(`${title} (${python.missing})`, () => undefined);
else {
  it(
    title,
    async () => {
      const folder = join(temporaryFolder(), "bytes");
      writeOlmoeFiles(folder, olmoeCaseFiles(bytesCase));
      const prompts = needles.map(({ candidates: [first] }) => first!.tokens.slice(0, first!.begin));
      const answers = questions.flatMap(({ candidates }) => candidates);
      writeFileSync(join(folder, "questions.json"), JSON.stringify({ prompts, most: 5, answers }));
      const { code, stdout, stderr } = await run(python.path, [SCRIPT, folder], {
        env: { ...process.env, HF_HUB_OFFLINE: "1", OMP_NUM_THREADS: "1" },
      });
      if (code !== 0) throw new Error(stderr);
      const { greedy, logProbabilities } = (JSON.parse(stdout) as Record<string, Said>)[folder]!;
      const theirs = questions.map(({ right }, index) => {
        const own = logProbabilities.slice(4 * index, 4 * index + 4);
        return own.indexOf(Math.max(...own)) === right;
      });
      const chosen = await chooseCandidates(engine, model, questions);
      expect(chosen.map(({ whole }) => whole)).toEqual(theirs);
      // Some right, some wrong, so that equal answers mean something.
      expect(new Set(theirs).size).toBe(2);
      // An untrained model says no code; what it says is put into the questions, and every other one spoilt.
      const asked = needles.map((needle, index) => {
        const [first] = needle.candidates;
        const said = [...greedy[index]!];
        if (index % 2 === 1) said[4] = (said[4]! + 1) % 256;
        const candidate = { ...first!, tokens: [...prompts[index]!, ...said] };
        return { candidates: [candidate], right: 0 };
      });
      expect(await saysAnswers(engine, model, asked)).toEqual(needles.map((_, index) => index % 2 === 0));
    },
    120_000,
  );
}

/** Instructions as sequences with answers, and their batches. */
import { describe, expect, it } from "vitest";
import { INSTRUCTION_TASKS } from "../../../src/config/declared/instructions.ts";
import type { DomainSettings } from "../../../src/config/settings.ts";
import { InputError } from "../../../src/core/errors.ts";
import { evaluationBatches, evaluationPairs, trainingBatch } from "../../../src/data/batches.ts";
import { loadCorpus } from "../../../src/data/corpus.ts";
import { instructionCorpus } from "../../../src/data/instructions/instruction-corpus.ts";
import { instructionTasks } from "../../../src/data/instructions/registry.ts";
import { answerSequences } from "../../../src/data/instructions/sequences.ts";
import type { InstructionTask } from "../../../src/data/instructions/types.ts";
import { dataOf } from "../helpers.ts";

/** `a<n>=` is answered by n in letters of b; wrong is one b more, and so is ccc. */
const letters: InstructionTask = {
  summary: "",
  longestBytes: 8,
  draw: (count, split) =>
    Array.from({ length: count }, (_, index) => {
      const answer = "b".repeat(1 + (index % 3));
      const rejected = [
        { kind: "wrong", answer: `${answer}b` },
        { kind: "form", answer: "ccc" },
      ] as const;
      return { prompt: `${split[0] ?? ""}${1 + (index % 3)}=`, answer, rejected };
    }),
};

function domain(name: string): DomainSettings {
  return { name, weight: 1, validationWeight: null, task: null, corpus: name, files: [] };
}

const T = 7;
const shape = { sequenceLength: T, batchSequences: 4, fimRate: 0, fimSpm: 0.5 };
const corpus = instructionCorpus({ domains: [domain("letters")], sequenceLength: T }, { letters });

function textOf(tokens: ArrayLike<number>): string {
  return String.fromCharCode(...Array.from(tokens)).replaceAll("\n", "$");
}

/** Rows of a batch: inputs, and targets with those that are learned in capitals, the end as "!". */
function rowsOf({ inputs, targets, weights }: ReturnType<typeof trainingBatch>): [string, string][] {
  return Array.from({ length: inputs.length / T }, (_, row) => {
    const [start, end] = [row * T, (row + 1) * T];
    const learned = Array.from(targets.slice(start, end), (token, index) => {
      const letter = textOf([token]);
      if (weights?.[start + index] !== 1) return letter;
      return letter === "$" ? "!" : letter.toUpperCase();
    });
    return [textOf(inputs.slice(start, end)), learned.join("")];
  });
}

describe("sequences", () => {
  it("are prompt, answer, a line feed that is learned, and line feeds that are not", () => {
    const { tokens, mask } = answerSequences(
      [
        { prompt: "é=", answer: "ab" },
        { prompt: "x=", answer: "" },
      ],
      8,
    );
    expect([...tokens]).toEqual([0xc3, 0xa9, 61, 97, 98, 10, 10, 10, 120, 61, 10, 10, 10, 10, 10, 10]);
    expect([...mask]).toEqual([0, 0, 0, 1, 1, 1, 0, 0, 0, 0, 1, 0, 0, 0, 0, 0]);
  });

  it("may be full to the last byte, and no fuller; an answer is one line, a prompt has a first byte", () => {
    const full = { prompt: "abcd=", answer: "ef" };
    expect(textOf(answerSequences([full], 8).tokens)).toBe("abcd=ef$");
    expect(() => answerSequences([full], 7)).toThrow("8 bytes do not fit into 7");
    expect(() => answerSequences([{ prompt: "a", answer: "b\nc" }], 9)).toThrow("contains a line feed");
    expect(() => answerSequences([{ prompt: "", answer: "b" }], 9)).toThrow("a prompt is empty");
  });
});

describe("batches of instructions", () => {
  it("take whole sequences, and say which targets are of answers", () => {
    const rows = Array.from({ length: 20 }, (_, step) =>
      rowsOf(trainingBatch(corpus, shape, 1, step)),
    ).flat();
    expect(new Set(rows.map((row) => row.join(" ")))).toEqual(
      new Set(["t1=b$$$ 1=B!$$$", "t2=bb$$ 2=BB!$$", "t3=bbb$ 3=BBB!$"]),
    );
  });

  it("in pairs have the chosen answer above the rejected one, each pair alike", () => {
    const pairs = Array.from({ length: 60 }, (_, step) => {
      const rows = rowsOf(trainingBatch(corpus, { ...shape, inPairs: true }, 1, step)).map(
        ([, targets]) => targets,
      );
      return [rows.slice(0, 2).join(" "), rows.slice(2).join(" ")];
    }).flat();
    const wanted = [
      ["1=B!$$$ 1=BB!$$", "1=B!$$$ 1=CCC!$"],
      ["2=BB!$$ 2=BBB!$", "2=BB!$$ 2=CCC!$"],
      ["3=BBB!$ 3=BBBB!", "3=BBB!$ 3=CCC!$"],
    ].flat();
    expect(new Set(pairs)).toEqual(new Set(wanted));
    // 120 pairs of 6 kinds: 20 of each, give or take 4 standard deviations of 4.1.
    for (const kind of wanted)
      expect(Math.abs(pairs.filter((pair) => pair === kind).length - 20)).toBeLessThan(17);
  });

  it("in pairs on validation are spread evenly over all pairs, each once", () => {
    const batches = evaluationPairs(corpus, shape, "validation", 512 * 4 * T);
    expect(batches.length).toBe(512);
    const rows = batches.flatMap(rowsOf).map(([, targets]) => targets);
    // Of 2048 pairs (two an instruction), 1024: every second one, the first of each instruction.
    expect(rows.slice(0, 6)).toEqual(["1=B!$$$", "1=BB!$$", "2=BB!$$", "2=BBB!$", "3=BBB!$", "3=BBBB!"]);
    expect(rows.filter((row) => row.includes("CCC"))).toEqual([]);
    expect(() => evaluationPairs(corpus, shape, "validation", 2048 * 4 * T)).toThrow(
      "has 2048 validation pairs, needs 4096",
    );
  });

  it("are a function of seed and step, and validation has sequences of its own", () => {
    expect(trainingBatch(corpus, shape, 1, 3)).toEqual(trainingBatch(corpus, shape, 1, 3));
    const batches = evaluationBatches(corpus, shape, "validation", 2 * 4 * T);
    expect(batches.length).toBe(2);
    for (const [inputs] of batches.flatMap(rowsOf)) expect(inputs).toMatch(/^v/);
  });
});

describe("the corpus of shipped instructions", () => {
  it("has a name in the settings for every task, in one order", () => {
    expect(Object.keys(instructionTasks)).toEqual([...INSTRUCTION_TASKS]);
  });

  it("depends on nothing but its settings, and its hash on the tasks", () => {
    const load = (...names: string[]) =>
      loadCorpus(dataOf(names.map(domain), { sequenceLength: 64 }), { cacheFolder: null });
    const [one, two] = [load("digits-easy"), load("copying")];
    expect(load("digits-easy").hash).toBe(one.hash);
    expect(two.hash).not.toBe(one.hash);
    expect(one).toMatchObject({ vocabulary: 256, labelCount: 1 });
  });

  it("refuses every domain whose longest answer does not fit, and a mixture with text", () => {
    const failure = (names: string[], sequenceLength: number): readonly string[] => {
      try {
        loadCorpus(dataOf(names.map(domain), { sequenceLength }), { cacheFolder: null });
      } catch (error) {
        if (error instanceof InputError)
          return error.problems.map(({ path, message }) => `${path}: ${message}`);
        throw error;
      }
      return [];
    };
    expect(failure(["digits-easy", "digits-hard", "sorting"], 18)).toEqual([
      expect.stringMatching(
        /^data\.domains\[1\]: an instruction with its answer and end is \d+ bytes long, but .* = 19; raise/,
      ),
      expect.stringMatching(/^data\.domains\[2\]: /),
    ]);
    expect(failure(["fiction", "copying"], 64)).toEqual([
      expect.stringMatching(/^data\.domains\[1\]\.corpus: "copying" is a task with instructions/),
    ]);
  });
});

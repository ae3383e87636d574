/** The setting `objective`: what it becomes, and everything that is wrong with it. */
import { describe, expect, it } from "vitest";
import { load, problemsOf } from "../fixtures.ts";

function fileOf(base: string, variant = '{"name": "a"}'): string {
  return `{"name": "x", "seeds": 2, "baseline": "a", "base": {${base}},\n"variants": [${variant}]}`;
}

const DIGITS = '"data": {"domains": [{"name": "digits-easy"}]}';
const PARENT = '"parent": {"objective": {"name": "pretrain"}, "data": {"domains": [{"name": "fiction"}]}}';

describe("an objective", () => {
  it("is pretraining where nobody says so, and has all its options", async () => {
    const { experiment } = await load(fileOf(""));
    expect(experiment.variants[0]?.settings.objective).toEqual({ name: "pretrain", options: {} });
    const text = fileOf(`"objective": {"name": "td-mle", "options": {"gamma": 0.5}}, ${DIGITS}, ${PARENT}`);
    const { settings } = (await load(text)).experiment.variants[0]!;
    expect(settings.objective).toEqual({ name: "td-mle", options: { lambda: 0.1, gamma: 0.5 } });
    expect(settings.parent?.objective).toEqual({ name: "pretrain", options: {} });
  });

  it("of another name drops the options below it", async () => {
    const base = `"objective": {"name": "td-mle", "options": {"gamma": 0.5}}, ${DIGITS}, ${PARENT}`;
    const variant = '{"name": "a"}, {"name": "b", "varies": ["objective"], "objective": {"name": "dpo"}}';
    const { experiment } = await load(fileOf(base, variant));
    expect(experiment.variants[1]?.settings.objective).toEqual({ name: "dpo", options: { beta: 0.1 } });
  });

  it("that trains on keeps its parent's router, unless told otherwise", async () => {
    const keeps = async (objective: string, parent: string): Promise<boolean | undefined> =>
      (await load(fileOf(`${objective}, ${parent}`))).experiment.variants[0]?.settings.parent?.keepRouter;
    const sft = `"objective": {"name": "sft"}, ${DIGITS}`;
    expect(await keeps(sft, PARENT)).toBe(true);
    expect(await keeps(sft, PARENT.replace("{", '{"keepRouter": false, '))).toBe(false);
    expect(await keeps('"losses": {}', '"parent": {}')).toBe(false);
  });
});

describe("what is wrong with an objective", () => {
  it("a name, an option, and options out of range", async () => {
    const wrong = (objective: string): Promise<readonly string[]> =>
      problemsOf(fileOf(`"objective": ${objective}, ${DIGITS}, ${PARENT}`));
    expect(await wrong('{"name": "stf"}')).toEqual([
      'x:1:75: base.objective.name: must be "pretrain" or "sft" or "dpo" or "td-mle", found "stf"; did you mean "sft"?',
    ]);
    expect(await wrong('{"name": "dpo", "options": {"beta": 0, "lamda": 1}}')).toEqual([
      expect.stringMatching(
        /^x:1:\d+: base\.objective\.options\.beta: must be a number above 0 .*, found 0 \(objective "dpo"\)$/,
      ),
      expect.stringMatching(
        /^x:1:\d+: base\.objective\.options\.lamda: unknown key "lamda"; allowed: "beta" \(objective "dpo"\)$/,
      ),
    ]);
    expect(await wrong('{"name": "td-mle", "options": {"lambda": -0.1, "gamma": 1.5}}')).toEqual([
      expect.stringContaining("base.objective.options.lambda: must be a number from 0 to 100, found -0.1"),
      expect.stringContaining("base.objective.options.gamma: must be a number from 0 to 1, found 1.5"),
    ]);
  });

  it("no parent, no answers, an odd batch, and a vocabulary that instructions don't have, all at once", async () => {
    const data =
      '"data": {"domains": [{"name": "fiction"}, {"name": "sorting"}],\n"batchSequences": 5, "vocabulary": 512}';
    expect(await problemsOf(fileOf(`"objective":\n{"name": "dpo"},\n${data}`))).toEqual([
      expect.stringMatching(
        /^x:2:10: base\.objective\.name: "dpo" trains on from a parent, but there is none/,
      ),
      expect.stringMatching(
        /^x:3:22: base\.data\.domains\[0\]: "dpo" learns pairs of a chosen and a rejected answer, but the domain "fiction" has none/,
      ),
      expect.stringMatching(
        /^x:4:19: base\.data\.batchSequences: "dpo" learns pairs, two sequences each, but batchSequences is 5/,
      ),
      expect.stringMatching(
        /^x:4:36: base\.data\.vocabulary: instructions are bytes, so the vocabulary must be 256, not 512/,
      ),
    ]);
  });

  it("text and instructions in one run: what to do, and nothing of a name that is no domain at all", async () => {
    const mixed = '"data": {"domains": [{"name": "fiction"}, {"name": "sorting"}]}';
    expect(await problemsOf(fileOf(mixed))).toEqual([
      expect.stringMatching(
        /base\.data\.domains\[1\]: "sorting" is of instructions, which "pretrain" does not learn, and text and instructions don't mix in a run; leave it out, or learn it in a stage of its own \(one of "sft", "dpo", "td-mle"\)$/,
      ),
    ]);
    const sft = `"objective": {"name": "sft"}, ${PARENT}`;
    expect(await problemsOf(fileOf(`${sft}, ${mixed}`))).toEqual([
      expect.stringMatching(
        /base\.data\.domains\[0\]: "sft" learns answers, but the domain "fiction" has none, and text and instructions don't mix in a run; leave it out, or learn it in a stage of its own \("pretrain"\)$/,
      ),
    ]);
    const misspelt = '"data": {"domains": [{"name": "digits-easy"}, {"name": "sortin"}]}';
    expect(await problemsOf(fileOf(`${sft}, ${misspelt}`))).toEqual([
      expect.stringMatching(/base\.data\.domains\[1\]\.name: .*did you mean "sorting"/),
    ]);
  });

  it("instructions that nobody learns, and a parent that is none to measure against", async () => {
    expect(await problemsOf(fileOf(DIGITS))).toEqual([
      expect.stringMatching(
        /base\.data\.domains: every domain is of instructions, which "pretrain" does not learn; take one of "sft", "dpo", "td-mle"/,
      ),
    ]);
    const dense = PARENT.replace("{", '{"keepRouter": false, ');
    expect(await problemsOf(fileOf(`"objective": {"name": "dpo"}, ${DIGITS}, ${dense}`))).toEqual([
      expect.stringMatching(/base\.parent\.keepRouter: "dpo" measures against its parent/),
    ]);
  });
});

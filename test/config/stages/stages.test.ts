/** `stages` in an experiment file: the chain of runs that each variant becomes, and everything that is wrong with them. */
import { describe, expect, it } from "vitest";
import { parentRunSettings } from "../../../src/config/parent.ts";
import type { ParentSettings, Settings } from "../../../src/config/settings.ts";
import { load, problemsOf } from "../fixtures.ts";

const STAGES = `[{"name": "pretrain"},
{"name": "sft", "objective": {"name": "sft"}, "data": {"domains": [{"name": "sorting"}]}, "training": {"steps": 200}},
{"name": "dpo", "objective": {"name": "dpo"}, "data": {"domains": [{"name": "sorting"}]}, "training": {"steps": 100}}]`;

function fileOf(variants: string, rest = "", stages = STAGES): string {
  return `{"name": "x", "seeds": 2, "baseline": "a", "stages": ${stages},\n"variants": [{"name": "a"}${variants}]${rest}}`;
}

/** A run and those that it starts from, the first of them first. */
function lineOf(run: Settings | ParentSettings): readonly (Settings | ParentSettings)[] {
  return [...(run.parent === null ? [] : lineOf(run.parent)), run];
}

async function linesOf(text: string, options: Parameters<typeof load>[1] = {}) {
  const { experiment } = await load(text, options);
  return experiment.variants.map(({ settings }) => lineOf(settings));
}

describe("stages", () => {
  it("become a chain of parents: the base with what a stage changes, router and seed kept", async () => {
    const [line = []] = await linesOf(fileOf("", ', "base": {"model": {"width": 32}}'));
    expect(line.map(({ objective, training }) => [objective.name, training.steps])).toEqual([
      ["pretrain", 800],
      ["sft", 200],
      ["dpo", 100],
    ]);
    expect(line.map(({ model, data }) => [model.width, data.domains[0]?.name])).toEqual([
      [32, "fiction"],
      [32, "sorting"],
      [32, "sorting"],
    ]);
    expect(line[2]?.parent).toEqual({ ...line[1], seed: null, keepRouter: true, noise: null });
    expect(line[1]?.parent).toEqual({ ...line[0], seed: null, keepRouter: true, noise: null });
  });

  it("hold a variant's settings in all of them, and those below `stages` in one; what is shared stays equal", async () => {
    const [a = [], b = [], c = []] = await linesOf(
      fileOf(
        ', {"name": "b", "varies": ["losses.balanceWeight"], "stages": {"dpo": {"losses": {"balanceWeight": 0}}}}' +
          ', {"name": "c", "varies": ["router"], "router": {"name": "hash"}}',
      ),
    );
    expect(b.map(({ losses }) => losses.balanceWeight)).toEqual([0.01, 0.01, 0]);
    expect(b[2]?.parent).toEqual(a[2]?.parent);
    expect(c.map(({ router }) => router.name)).toEqual(["hash", "hash", "hash"]);
    expect(a.map(({ router }) => router.name)).toEqual(["linear", "linear", "linear"]);
  });

  it("end where a variant says, and are compared with the base of that stage", async () => {
    const [a, b, c] = await linesOf(
      fileOf(
        ', {"name": "b", "stage": "sft"}, {"name": "c", "stage": "pretrain", "varies": ["losses.zWeight"], "losses": {"zWeight": 0}}',
      ),
    );
    // It is the very run that the one before the last stage is.
    if (a?.[2]?.parent == null) throw new Error("no parent");
    expect(b?.at(-1)).toEqual(parentRunSettings(a[2].parent));
    expect(c?.map(({ objective, losses }) => [objective.name, losses.zWeight])).toEqual([["pretrain", 0]]);
  });

  it("stand on the tier, take what it writes of them, and flags stand above all", async () => {
    const tiers =
      ', "tier": "quick", "tiers": {"quick": {"training": {"steps": 90}, "stages": {"sft": {"training": {"steps": 20, "warmupSteps": 5}}}}}';
    const steps = async (options: Parameters<typeof load>[1]): Promise<readonly number[]> =>
      ((await linesOf(fileOf("", tiers), options))[0] ?? []).map(({ training }) => training.steps);
    expect(await steps({})).toEqual([90, 20, 100]);
    expect(await steps({ steps: 3 })).toEqual([3, 3, 3]);
    expect(await steps({ set: ["training.steps=85"] })).toEqual([85, 85, 85]);
  });

  it("of a grid have its values everywhere", async () => {
    const lines = await linesOf(fileOf("", ', "grid": {"model.width": [16, 32]}'));
    expect(lines.map((line) => line.map(({ model }) => model.width))).toEqual([
      [16, 16, 16],
      [32, 32, 32],
    ]);
  });

  it("begin with a parent that the base writes", async () => {
    const base = ', "base": {"parent": {"training": {"steps": 50, "warmupSteps": 2}}}';
    const [line = []] = await linesOf(fileOf("", base));
    expect(line.map(({ training }) => training.steps)).toEqual([50, 800, 200, 100]);
    expect(line[1]?.parent?.keepRouter).toBe(false);
  });

  it("have their places in the file, also below `parent`", async () => {
    const { locate } = await load(fileOf(""));
    expect(locate("a", "training.steps")).toMatch(/x\.json:3:\d+$/);
    expect(locate("a", "parent.data.domains[0]")).toMatch(/x\.json:2:\d+$/);
    // What no stage writes is the variant's.
    expect(locate("a", "parent.parent.data")).toMatch(/x\.json:4:\d+$/);
  });
});

describe("what is wrong with stages", () => {
  it("a first stage that trains on from nothing", async () => {
    expect(await problemsOf(fileOf("", "", STAGES.replace('{"name": "pretrain"},', "")))).toEqual([
      expect.stringMatching(
        /^x:2:\d+: stages\[sft\]\.objective\.name: "sft" trains on from a parent, but there is none/,
      ),
    ]);
  });

  it("names that are repeated or that there are not, everywhere at once", async () => {
    const stages = '[{"name": "pretrain"}, {"name": "more"}, {"name": "more"}]';
    const variants =
      ',\n{"name": "b", "stage": "mor"},\n{"name": "c", "stages": {"pretran": {}}},\n{"name": "d", "stage": "pretrain", "stages": {"more": {"losses": {"zWeight": 0}}}}';
    const tiers = ',\n"tier": "quick", "tiers": {"quick": {"stages": {"last": {}}}}';
    expect((await problemsOf(fileOf(variants, tiers, stages))).filter((line) => /stage/.test(line))).toEqual(
      expect.arrayContaining([
        expect.stringMatching(/^x:1:\d+: stages\[more\]\.name: the stage "more" is named twice; rename one/),
        'x:3:24: variants[b].stage: there is no stage "mor"; did you mean "more"? Stages: "pretrain", "more", "more"',
        expect.stringMatching(
          /^x:4:26: variants\[c\]\.stages\.pretran: there is no stage "pretran"; did you mean "pretrain"\?/,
        ),
        expect.stringMatching(
          /^x:5:47: variants\[d\]\.stages\.more: the stage "more" is behind "pretrain", with which this variant ends/,
        ),
        expect.stringMatching(/^x:6:\d+: tiers\.quick\.stages\.last: there is no stage "last"; Stages: /),
      ]),
    );
    expect(
      await problemsOf(
        '{"name": "x", "seeds": 1, "baseline": "a", "variants": [{"name": "a", "stage": "sft"}]}',
      ),
    ).toEqual(['x:1:80: variants[a].stage: the experiment has no "stages"; leave it out, or list them']);
  });

  it("unknown keys, values out of range, and combinations, where they stand", async () => {
    const stages = `[{"name": "pretrain"},
{"name": "sft", "objectve": {"name": "sft"}, "training": {"steps": 0}},
{"name": "dpo", "objective": {"name": "dpo", "options": {"beta": -1}}, "parent": null}]`;
    expect(await problemsOf(fileOf("", "", stages))).toEqual([
      'x:2:17: stages[sft].objectve: unknown key "objectve"; did you mean "objective"?',
      expect.stringMatching(
        /^x:2:68: stages\[sft\]\.training\.steps: must be an integer from 1 to 10000000, found 0/,
      ),
      expect.stringMatching(
        /^x:3:39: stages\[dpo\]\.objective\.name: "dpo" learns pairs .*, but no domain has any; take/,
      ),
      expect.stringMatching(
        /^x:3:66: stages\[dpo\]\.objective\.options\.beta: must be a number above 0 .*, found -1/,
      ),
      expect.stringMatching(/^x:3:72: stages\[dpo\]\.parent: unknown key "parent"; allowed: /),
    ]);
    const odd = STAGES.replace('"training": {"steps": 100}', '"data": {"batchSequences": 3}').replace(
      '"data": {"domains": [{"name": "sorting"}]}, "data": {"batchSequences": 3}',
      '"data": {"batchSequences": 3}',
    );
    const problems = await problemsOf(fileOf("", "", odd));
    expect(
      problems.some((line) => /stages\[dpo\]\.data\.batchSequences: "dpo" learns pairs/.test(line)),
    ).toBe(true);
    expect(problems.some((line) => /"dpo" learns pairs .*, but no domain has any/.test(line))).toBe(true);
  });

  it("a difference in any stage that varies does not list, and an entry that differs in none", async () => {
    const undeclared = ', {"name": "b", "stages": {"sft": {"losses": {"zWeight": 0}}}}';
    expect(await problemsOf(fileOf(undeclared))).toEqual([
      expect.stringMatching(
        /parent\.losses\.zWeight.*differs from the base|differs from the base \(0\.001 -> 0\)/,
      ),
    ]);
    const idle =
      ', {"name": "b", "varies": ["losses.zWeight", "losses.balanceWeight"], "stages": {"sft": {"losses": {"zWeight": 0}}}}';
    expect(await problemsOf(fileOf(idle))).toEqual([
      expect.stringContaining('varies[1]: "losses.balanceWeight" is the same as in the base'),
    ]);
  });
});

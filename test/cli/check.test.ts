/** `moe-lab check`, and a router that only breaks in training, as somebody at a terminal meets them. */
import { existsSync, readdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { temporaryFolder } from "../support/folder.ts";
import { moeLab } from "../support/spawn.ts";

/** A router of four lines, with something in the place of its `route`. */
function routerFile(route: string): string {
  return `import { chooseRenormalised, defineRouter, tf } from "moe-lab";
export default defineRouter({
  name: "mine", paper: "none", summary: "a linear router again", causal: true, wantsBalanceLoss: true,
  parameters: ({ D, E, initStd }) => ({ weight: { shape: [D, E], std: initStd } }),
  flopsPerToken: ({ D, E }) => 2 * D * E,
  route: ({ x, parameters }, { B, T, D, E, K }) => {
    ${route}
    return { assignment: chooseRenormalised(logits, K), logits, probs: tf.softmax(logits) };
  },
});
`;
}
const LOGITS = "const logits = tf.matMul(x, parameters.weight);";

function folderWith(route: string): string {
  const folder = temporaryFolder();
  writeFileSync(join(folder, "mine.js"), routerFile(route));
  return folder;
}

describe("moe-lab check", () => {
  test("a router that is well: 0, what it passed on stdout, nothing written", async () => {
    const folder = folderWith(LOGITS);
    const ended = await moeLab(folder, "check mine.js");
    expect(ended).toMatchObject({ code: 0, stderr: "" });
    expect(ended.stdout).toMatch(/^mine: \d+ checks passed\n( {2}ok {2}\S.*\n)+/);
    expect(ended.stdout).toContain("  ok  sees neither the future nor other sequences\n");
    expect(readdirSync(folder)).toEqual(["mine.js"]);
  });

  test("one that sees the future: 2, the sentence with file and field, no trace; the same as JSON", async () => {
    const ahead =
      "const own = tf.reshape(tf.matMul(x, parameters.weight), [B, T, E]); const next = tf.concat([tf.slice(own, [0, 1, 0], [B, T - 1, E]), tf.slice(own, [0, 0, 0], [B, 1, E])], 1); const logits = tf.reshape(next, [B * T, E]);";
    const folder = folderWith(ahead);
    const ended = await moeLab(folder, "check mine.js");
    expect(ended).toMatchObject({ code: 2, stdout: "" });
    expect(ended.stderr).toMatch(/^error: mine\.js: route: sees the future/m);
    expect(ended.stderr).not.toMatch(/^\s+at /m);
    const json = await moeLab(folder, "check mine.js --json");
    expect(json).toMatchObject({ code: 2, stderr: "" });
    const { findings } = JSON.parse(json.stdout) as { findings: { field: string; check: string }[] };
    expect(findings[0]).toMatchObject({
      field: "route",
      check: "sees neither the future nor other sequences",
    });
  });

  test("one that a package.json makes CommonJS, as npm init writes it, is told what to do", async () => {
    const folder = folderWith(LOGITS);
    writeFileSync(join(folder, "package.json"), '{ "type": "commonjs" }');
    const { code, stderr } = await moeLab(folder, "check mine.js");
    expect(code).toBe(2);
    expect(stderr).toMatch(
      /^error: mine\.js:1:1: the router can't be loaded: .+; set "type": "module" in the package\.json/m,
    );
  });

  test("one that throws is named with line and column", async () => {
    const folder = folderWith("const logits = tf.matMull(x, parameters.weight);");
    const { code, stderr } = await moeLab(folder, "check mine.js");
    expect(code).toBe(2);
    expect(stderr).toMatch(/^error: mine\.js:7:23: route: throws: TypeError: tf\.matMull is not a function/m);
  });

  test.each([
    ["a file that is not there", "check mien.js", 'neither a file "mien.js" nor a shipped router'],
    ["a misspelt shipped router", "check lineer", 'did you mean "linear"'],
    ["a flag and a path that there are not", "check linear --quiet", "--quiet: there is no such flag"],
    ["a setting that is none", "check linear --set model.topk=1", "model.topk"],
  ])("%s: 2, in a sentence", async (_, line, sentence) => {
    const ended = await moeLab(temporaryFolder(), line);
    expect(ended).toMatchObject({ code: 2, stdout: "" });
    expect(ended.stderr).toContain(sentence);
  });
});

test("a router that throws in training alone is named once, with its line, and costs the other variant nothing", async () => {
  // The check has widths 10 and 12.
  const folder = folderWith(`if (D === 8) throw new Error("no eight"); ${LOGITS}`);
  const experiment = {
    ...{ name: "tiny", title: "Tiny", seeds: 2, baseline: "linear" },
    base: {
      model: { width: 8, heads: 1, layers: 1, experts: 4, expertWidth: 8 },
      data: {
        domains: [{ name: "arithmetic" }],
        sequenceLength: 16,
        batchSequences: 2,
        validationTokens: 64,
      },
      training: { steps: 4, warmupSteps: 1, evaluateEvery: 4, evaluationTokens: 64 },
    },
    variants: [{ name: "linear" }, { name: "mine", varies: ["router"], router: { name: "./mine.js" } }],
  };
  writeFileSync(join(folder, "tiny.json"), JSON.stringify(experiment));
  const { code, stdout, stderr } = await moeLab(folder, "run tiny.json");
  expect(code).toBe(1);
  const reasons = stderr.split("\n").filter((line) => /^mine s1, mine s2: /.test(line));
  expect(reasons).toEqual([
    "mine s1, mine s2: mine.js:7:24: the router threw no eight. Correct it there: the same command fails the same way until then",
  ]);
  expect(stderr).not.toMatch(/^\s+at /m);
  expect(stdout + stderr).not.toMatch(/goes on/);
  const result = join(folder, "results", "tiny", "experiment.json");
  expect(existsSync(result)).toBe(true);
  const { variants } = JSON.parse(readFileSync(result, "utf8")) as {
    variants: Record<string, { trainTokensPerSecond: number | null; expertsPerToken?: number[] }>;
  };
  expect(variants["linear"]!.trainTokensPerSecond).toBeGreaterThan(0);
  expect(variants["linear"]!.expertsPerToken).toEqual([2]);
  expect(variants["mine"]).toMatchObject({ trainTokensPerSecond: null });
  expect(variants["mine"]).not.toHaveProperty("expertsPerToken");
});

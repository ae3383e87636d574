/** What docs/your-router.md says: `console.log` and `print()` in a router show values. */
import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { expect, test } from "vitest";
import { temporaryFolder } from "../support/folder.ts";
import { needsTime, slowTests } from "../support/slow.ts";
import { moeLab, type Ended } from "../support/spawn.ts";

const LIBRARY = new URL("../../dist/index.js", import.meta.url).href;

/** The router of docs/your-router.md with its experiment in a folder, its `route` beginning with another line. */
function folderWith(line: string): string {
  const page = readFileSync(fileURLToPath(new URL("../../docs/your-router.md", import.meta.url)), "utf8");
  const [, router = "", experiment = ""] =
    /```js\n(import \{ defineRouter, detach.*?)```.*?```json\n(.*?)```/s.exec(page) ?? [];
  const anchor = "const logits = ";
  expect(router.split(anchor)).toHaveLength(2);
  const folder = temporaryFolder();
  const loud = router.replace('"moe-lab"', JSON.stringify(LIBRARY)).replace(anchor, `${line}\n    ${anchor}`);
  writeFileSync(join(folder, "loss-free.js"), loud);
  writeFileSync(join(folder, "package.json"), '{ "type": "module" }');
  writeFileSync(join(folder, "loss-free.json"), experiment);
  return folder;
}

function run(cwd: string, engine: string): Promise<Ended> {
  const flags = ["--only", "loss-free", "--steps", "2", "--seeds", "1", "--engine", engine, "--jobs", "1"];
  const tiny = [
    "model.width=8",
    "model.heads=2",
    "data.sequenceLength=8",
    "data.batchSequences=1",
    "data.validationTokens=64",
    "training.evaluationTokens=32",
    "training.warmupSteps=1",
  ];
  const args = ["run", "loss-free.json", ...flags, ...tiny.flatMap((set) => ["--set", set])];
  return moeLab(cwd, args);
}

test.skipIf(!slowTests)(
  `on tfjs-cpu: values, each line behind the run's name, on stderr${needsTime}`,
  { timeout: 300_000 },
  async () => {
    const folder = folderWith('console.log("mean", tf.mean(x).dataSync()[0]); parameters.weight.print();');
    const ended = await run(folder, "tfjs-cpu");
    expect(ended).toMatchObject({ code: 0 });
    const lines = ended.stderr.split("\n");
    expect(lines.filter((line) => /^loss-free s1: mean -?\d+\.\d+/.test(line)).length).toBeGreaterThan(1);
    expect(lines.filter((line) => line === "loss-free s1: Tensor").length).toBeGreaterThan(1);
    expect(lines.filter((line) => /^loss-free s1: +\[+-?\d\.\d+/.test(line)).length).toBeGreaterThan(1);
    // Nothing that a worker says stands alone, and nothing of it is data.
    expect(lines.filter((line) => /^(mean|Tensor| *\[)/.test(line))).toEqual([]);
    expect(ended.stdout).not.toContain("Tensor");
  },
);

test.skipIf(!slowTests)(
  `on the default engine: what is said while the step is traced; libraries say nothing${needsTime}`,
  { timeout: 300_000 },
  async () => {
    const ended = await run(folderWith('console.log("traced", x.shape.join());'), "compiled");
    expect(ended).toMatchObject({ code: 0 });
    const said = ended.stderr
      .split("\n")
      .filter((line) => /^(loss-free|linear) s1: (?!finished|step |compiling|evaluating)/.test(line));
    expect(said.length).toBeGreaterThan(0);
    expect(new Set(said)).toEqual(new Set(["loss-free s1: traced 8,8"]));
  },
);

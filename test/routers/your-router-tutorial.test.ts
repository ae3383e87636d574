/** docs/your-router.md, "From an idea to a verdict": every command of it, in its order, as a newcomer would type them. */
import { existsSync, mkdirSync, readFileSync, symlinkSync, writeFileSync } from "node:fs";
import { join, resolve } from "node:path";
import { expect, it } from "vitest";
import { temporaryFolder } from "../support/folder.ts";
import { type Ended, moeLab, run } from "../support/spawn.ts";

const page = readFileSync("docs/your-router.md", "utf8");
const section = /## From an idea to a verdict\n([^]*?)\n## /.exec(page)?.[1] ?? "";
const [body = "", ownTest = ""] = [...section.matchAll(/```js\n([^]*?)```/g)].map(([, text]) => text);
const commands = [...section.matchAll(/^ {4}((?:npx|node) .*)$/gm)].map(([, command]) => command!);

/** So small that nothing is learned: what is tested is the way. */
const TINY =
  "--steps 4 --seeds 2 --set training.warmupSteps=1 --set training.evaluationTokens=64 --set data.validationTokens=64 " +
  "--set data.batchSequences=2 --set data.sequenceLength=16 --set model.width=8 --set model.expertWidth=8 --set model.layers=1 " +
  '--set data.domains=[{"name":"fiction"}]';

/** Only the options that a run of such a size may have. */
function typed(command: string): string[] {
  const words = command.split(/\s+/).slice(2);
  if (words[0] !== "run") return words;
  return [...words, ...TINY.split(" ").slice(words.includes("--until-decided") ? 4 : 0)];
}

it("leads from the first command to the comparison", async () => {
  const folder = temporaryFolder();
  mkdirSync(join(folder, "node_modules"));
  symlinkSync(resolve("."), join(folder, "node_modules", "moe-lab"));
  const said = new Map<string, Ended>();
  for (const command of commands) {
    const isNode = command.startsWith("node ");
    const ended = isNode
      ? await run(process.execPath, command.split(" ").slice(1), { cwd: folder })
      : await moeLab(folder, typed(command));
    expect(ended, command).toMatchObject({ code: 0 });
    said.set(command, ended);
    if (command.includes(" new ")) edit(folder);
  }
  expect(commands.map((command) => command.split(" ").slice(0, 3).join(" "))).toEqual([
    ...[
      "npx moe-lab new",
      "npx moe-lab check",
      "node --test loyal.test.js",
      "npx moe-lab run",
      "npx moe-lab run",
    ],
    ...["npx moe-lab run", "npx moe-lab compare"],
  ]);
  const last = said.get("npx moe-lab compare results/loyal")!;
  for (const name of ["linear", "loyal", "frozen"]) expect(last.stdout).toContain(name);
  expect(existsSync(join(folder, "results", "loyal", "report.html"))).toBe(true);
}, 300_000);

/** What the page asks to be put in the place of what was written. */
function edit(folder: string): void {
  const [router, test] = ["loyal.js", "loyal.test.js"].map((name) => join(folder, name)) as [string, string];
  const head = readFileSync(router, "utf8")
    .replace(/ {2}options: [^]*?\n {2}\}\),\n/, "")
    .replace(/ {2}problems:[^]*$/, "");
  writeFileSync(router, head + body);
  writeFileSync(test, readFileSync(test, "utf8").replace(/test\("routes one token[^]*$/, ownTest));
  expect(readFileSync(router, "utf8")).not.toMatch(/temperature: z/);
  expect(readFileSync(test, "utf8")).toContain("adds half");
}

import { mkdirSync, readdirSync, readFileSync, symlinkSync, writeFileSync } from "node:fs";
import { join, resolve } from "node:path";
import { describe, expect, it } from "vitest";
import { runNew } from "../../src/cli/new/new.ts";
import { InputError } from "../../src/core/errors.ts";
import { temporaryFolder } from "../support/folder.ts";
import { moeLab, run } from "../support/spawn.ts";

/** The sentences with which it refuses, in the test's own folder. */
function refused(what: "router" | "experiment", name: string): string[] {
  const io = { stdout: () => undefined, stderr: () => undefined, color: false, columns: 80 };
  try {
    runNew({ what, name, isTypeScript: false }, io);
  } catch (error) {
    if (error instanceof InputError) return error.message.split("\n");
    throw error;
  }
  return [];
}

describe("names that can't be", () => {
  it.each([
    [
      "router",
      "My Idea",
      'new router: the name "My Idea" must be lower-case words joined by "-", at most 64',
    ],
    [
      "router",
      "../escape",
      'new router: the name "../escape" must be lower-case words joined by "-", at most 64',
    ],
    ["router", "linear", 'new router: "linear" is a shipped router; take another name'],
    [
      "experiment",
      "a/b",
      'new experiment: the name "a/b" must be letters, digits, "-", "_" and ".", beginning with a letter or digit, at most 64',
    ],
  ] as const)("%s %s", (what, name, sentence) => {
    expect(refused(what, name)).toEqual([sentence]);
  });

  it("and files that are there are named together, beside the name", () => {
    // package.json is here, so an experiment of that name is not written.
    expect(refused("experiment", "package")).toEqual([
      "package.json: is there already, and is not overwritten; take another name, or move it",
    ]);
  });
});

it("writes nothing where one of the files is there, and says all that are, with 2", async () => {
  const folder = temporaryFolder();
  for (const name of ["mine.test.js", "mine.json"]) writeFileSync(join(folder, name), "precious");
  const ended = await moeLab(folder, "new router mine");
  expect(ended).toMatchObject({ code: 2, stdout: "" });
  expect(ended.stderr.trim().split("\n")).toEqual([
    expect.stringMatching(/^error: mine\.test\.js: is there already/) as string,
    expect.stringMatching(/^error: mine\.json: is there already/) as string,
  ]);
  expect(readdirSync(folder).sort()).toEqual(["mine.json", "mine.test.js"]);
  expect(readFileSync(join(folder, "mine.json"), "utf8")).toBe("precious");
});

it.each([
  ["JavaScript", "new router my-idea", "my-idea.js"],
  ["TypeScript", "new router my-idea --ts", "my-idea.ts"],
])(
  "a router in %s passes its check and its test, and its experiment can be run",
  async (_, command, file) => {
    const folder = temporaryFolder();
    const made = await moeLab(folder, command);
    expect(made).toMatchObject({ code: 0 });
    const test = file.replace(".", ".test.");
    expect(made.stdout).toBe(`written: ${file}, ${test}, my-idea.json\n`);
    expect(readFileSync(join(folder, file), "utf8")).not.toMatch(/NAME|EXTENSION/);
    expect(await moeLab(folder, `check ${file}`)).toMatchObject({ code: 0 });
    if (file.endsWith(".ts")) return; // a router is a router, and a dry run asks the same of both
    const priced = await moeLab(folder, "run my-idea.json --dry-run");
    expect(priced).toMatchObject({ code: 0 });
    expect(priced.stdout).toMatch(/^my-idea +4 of 4 runs to do, 400 steps/m);
    mkdirSync(join(folder, "node_modules"));
    symlinkSync(resolve("."), join(folder, "node_modules", "moe-lab"));
    const tested = await run(process.execPath, ["--test", test], { cwd: folder });
    expect(tested, tested.stdout).toMatchObject({ code: 0 });
  },
);

it.each([
  ["commonjs", ["idea.json", "idea.mjs", "idea.test.mjs"]],
  ["module", ["idea.js", "idea.json", "idea.test.js"]],
])("in a package of type %s, files have names by which Node takes them for modules", async (type, names) => {
  const folder = temporaryFolder();
  writeFileSync(join(folder, "package.json"), JSON.stringify({ type }, null, 2));
  mkdirSync(join(folder, "below"));
  const made = await moeLab(join(folder, "below"), "new router idea");
  expect(made).toMatchObject({ code: 0 });
  expect(readdirSync(join(folder, "below")).sort()).toEqual(names);
  const router = names.find((name) => /^idea\.m?js$/.test(name))!;
  expect(made.stderr).toContain(`moe-lab check ${router}\n`);
  expect(await moeLab(join(folder, "below"), `check ${router}`)).toMatchObject({ code: 0 });
  const priced = await moeLab(join(folder, "below"), "run idea.json --dry-run");
  expect(priced.stdout).toMatch(/^idea +4 of 4 runs to do/m);
});

it("an experiment can be run as it is", async () => {
  const folder = temporaryFolder();
  expect(await moeLab(folder, "new experiment width")).toMatchObject({
    code: 0,
    stdout: "written: width.json\n",
  });
  const priced = await moeLab(folder, "run width.json --dry-run");
  expect(priced).toMatchObject({ code: 0 });
  expect(priced.stdout).toContain("12 of 12 runs to do");
});

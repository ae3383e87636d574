/** Folders are layers: a file imports, also types, from its own layer or an earlier one; and no circles. */
import { existsSync, readdirSync, readFileSync } from "node:fs";
import { posix } from "node:path";
import { expect, it } from "vitest";

const LAYERS =
  "core config records data engine objectives model routers check train store exec analysis papers tables report sweep cluster cli".split(
    " ",
  );
const LONGEST = 400;
const MOST_FILES = 25;
/** Layers that must not know which routers exist; papers name the variants of their experiments. */
const SHARED = LAYERS.filter((layer) => !["routers", "papers"].includes(layer));

const files = readdirSync("src", { recursive: true, encoding: "utf8" })
  .map((path) => path.replaceAll("\\", "/"))
  .filter((path) => path.endsWith(".ts") && !path.endsWith(".d.ts"));
const code = new Map(files.map((path) => [path, readFileSync(`src/${path}`, "utf8")]));
const imports = new Map(files.map((path) => [path, importsOf(path, code.get(path)!)]));

/** Relative imports and re-exports of a file, types and import() included, as paths below src. */
function importsOf(path: string, text: string): string[] {
  const found = text.matchAll(/(?:\bfrom|\bimport|\bimport\()\s*"(\.{1,2}\/[^"]+)"/g);
  return [...found].map(([, target = ""]) => posix.join(posix.dirname(path), target));
}

function layerOf(path: string): number {
  const folder = path.split("/")[0]!;
  return path === "index.ts" ? LAYERS.length : LAYERS.indexOf(folder);
}

it("every file is in a layer, and every relative import is a file", () => {
  expect(files.length).toBeGreaterThan(150);
  expect([...imports.values()].flat().length).toBeGreaterThan(400);
  expect(files.filter((path) => layerOf(path) < 0)).toEqual([]);
  const missing = [...imports].flatMap(([path, targets]) =>
    targets.filter((target) => !existsSync(`src/${target}`)).map((target) => `${path} -> ${target}`),
  );
  expect(missing).toEqual([]);
});

it("imports go to the same layer or an earlier one", () => {
  const wrong = [...imports].flatMap(([path, targets]) =>
    targets.filter((target) => layerOf(target) > layerOf(path)).map((target) => `${path} -> ${target}`),
  );
  expect(wrong).toEqual([]);
});

it("no imports go in circles", () => {
  expect(circlesOf(imports)).toEqual([]);
});

it("no folders go in circles, at any depth", () => {
  const circles = foldersOf(files).flatMap((folder) => circlesOf(importsWithin(folder)));
  expect(circles).toEqual([]);
});

it("finds the circle of two folders whose files go in none", () => {
  const made = new Map([
    ["a/x/one.ts", ["a/y/two.ts"]],
    ["a/y/three.ts", ["a/x/four.ts"]],
  ]);
  expect(circlesOf(importsWithin("a", made))).toEqual(["a/x -> a/y -> a/x"]);
  expect(circlesOf(importsWithin("", made))).toEqual([]);
});

/** Every circle of a graph once, as `a -> b -> a`. */
function circlesOf(graph: ReadonlyMap<string, readonly string[]>): string[] {
  const circles: string[] = [];
  const done = new Set<string>();
  const visit = (name: string, trail: readonly string[]): void => {
    if (trail.includes(name)) circles.push([...trail.slice(trail.indexOf(name)), name].join(" -> "));
    else if (!done.has(name)) {
      for (const target of graph.get(name) ?? []) visit(target, [...trail, name]);
      done.add(name);
    }
  };
  for (const name of graph.keys()) visit(name, []);
  return circles;
}

/** What the files and folders directly in a folder import of each other, whatever is below them. */
function importsWithin(
  folder: string,
  all: ReadonlyMap<string, readonly string[]> = imports,
): ReadonlyMap<string, readonly string[]> {
  const start = folder === "" ? "" : `${folder}/`;
  const entryOf = (path: string): string | null =>
    path.startsWith(start) ? start + path.slice(start.length).split("/")[0]! : null;
  const graph = new Map<string, string[]>();
  for (const [path, targets] of all) {
    const from = entryOf(path);
    if (from === null) continue;
    const others = targets.map(entryOf).filter((to) => to !== null && to !== from) as string[];
    graph.set(from, [...new Set([...(graph.get(from) ?? []), ...others])].toSorted());
  }
  return graph;
}

/** The folders that hold files, however deep; "" is the one that all are in. */
function foldersOf(paths: readonly string[]): readonly string[] {
  const folders = paths.flatMap((path) => {
    const parts = path.split("/").slice(0, -1);
    return ["", ...parts.map((_, index) => parts.slice(0, index + 1).join("/"))];
  });
  return [...new Set(folders)];
}

it(`no folder has more than ${MOST_FILES} files, and files are named in small letters`, () => {
  for (const root of ["src", "test"]) {
    const paths = readdirSync(root, { recursive: true, encoding: "utf8" })
      .map((path) => path.replaceAll("\\", "/"))
      .filter((path) => posix.extname(path) !== "");
    const full = foldersOf(paths)
      .map((folder) => ({ folder, count: paths.filter((path) => posix.dirname(path) === folder).length }))
      .filter(({ count }) => count > MOST_FILES);
    expect(full).toEqual([]);
    expect(paths.filter((path) => /[A-Z]/.test(path))).toEqual([]);
  }
});

it("only routers are default exports", () => {
  const defaults = files.filter((path) => /^export default\b|\bas default\b/m.test(code.get(path)!));
  expect(defaults.filter((path) => !path.startsWith("routers/"))).toEqual([]);
  expect(defaults.length).toBeGreaterThan(3);
});

it(`no file is longer than ${LONGEST} lines`, () => {
  const long = files.map((path) => ({ path, lines: code.get(path)!.split("\n").length - 1 }));
  expect(long.filter(({ lines }) => lines > LONGEST)).toEqual([]);
});

it("shared code never asks which router it has", () => {
  const names = files
    .filter((path) => /^routers\/(?!shared\/)[^/]+\//.test(path))
    .map((path) => posix.basename(path, ".ts"));
  expect(names).toContain("expert-choice");
  const wrong = files
    .filter((path) => SHARED.includes(path.split("/")[0]!))
    .flatMap((path) =>
      code
        .get(path)!
        .split("\n")
        .flatMap((line, index) =>
          names.filter((name) => line.includes(`"${name}"`)).map((name) => `${path}:${index + 1}: "${name}"`),
        ),
    );
  expect(wrong.filter((place) => !OTHER_MEANINGS.some((pattern) => pattern.test(place)))).toEqual([]);
});

/** Words that name a router elsewhere and mean something else here. */
const OTHER_MEANINGS = [
  // A flag without a value; a form of balance loss that any router may have (losses.balanceForm).
  /^(cli\/grammar|config\/(rules|declared\/router)|model\/(balancing|decoder))\.ts:\d+: "switch"$/,
  // Kinds of assignment in the router contract: who chose whom, whichever router it was.
  /^(model\/(router|experts|losses)|check\/(layer|returned|values))\.ts:\d+: "(expert-choice|dense)"$/,
  // The control of equal active compute, a key of an experiment's `controls`.
  /^analysis\/(summary|sensitivity)\.ts:\d+: "dense"$/,
  // The stream of a router's parameters drawn again (`streams.router`), as old as the ids that depend on it.
  /^model\/parameters\.ts:\d+: "redraw"$/,
  // The router of an experiment that names none.
  /^config\/declared\/router\.ts:\d+: "linear"$/,
  // The stream of the table that a task shares with the router, so that a hash can match its rules exactly.
  /^data\/tasks\/rule-process\.ts:\d+: "hash"$/,
  // The same control, in a sentence.
  /^tables\/words\.ts:\d+: "dense"$/,
  // A scale of chart.js.
  /^report\/draw\/(panel|layout)\.ts:\d+: "linear"$/,
  // A variant of OLMoE's experiment.
  /^report\/figures\/assignment-figure\.ts:\d+: "linear"$/,
  // Kernels of tfjs, as the native engine calls them.
  /^engine\/native\/(kinds|forms-elementwise)\.ts:\d+: "(sigmoid|relu)"$/,
  // A flag of the command line that takes no value.
  /^(sweep\/run-flags|cli\/program)\.ts:\d+: "switch"$/,
  // A field of Corpus.
  /^exec\/(run-plan|plan)\.ts:\d+: "hash"$/,
];

/** Selection lives in one file, and each of the heavy packages comes in through one. */
import { readdirSync, readFileSync } from "node:fs";
import { expect, it } from "vitest";

const files = readdirSync("src", { recursive: true, encoding: "utf8" })
  .map((path) => path.replaceAll("\\", "/"))
  .filter((path) => path.endsWith(".ts"))
  .map((path) => ({ path, code: withoutComments(readFileSync(`src/${path}`, "utf8")) }));

/** Files whose code, comments aside, matches. */
function filesWith(pattern: RegExp): string[] {
  return files.filter(({ code }) => pattern.test(code)).map(({ path }) => path);
}

/** Leaves strings alone: an import is one. */
function withoutComments(code: string): string {
  return code.replace(/\/\*[\s\S]*?\*\//g, "").replace(/(^|\s)\/\/.*$/gm, "$1");
}

it("finds what it looks for", () => {
  expect(files.length).toBeGreaterThan(150);
  expect(withoutComments('import "a"; // tf.topk\n/* tf.cumsum */ x("//y")')).toBe('import "a"; \n x("//y")');
});

it("only engine/ops/discrete.ts chooses and sorts tensors", () => {
  expect(filesWith(/\.(topk|cumsum|cumprod|searchSorted|argMax|argMin|unique)\(/)).toEqual([
    "engine/ops/discrete.ts",
  ]);
  expect(filesWith(/"(TopK|CumSum|ArgMax|ArgMin|Unique)"/)).toEqual([
    "engine/onnx/lowerings.ts",
    "engine/ops/discrete.ts",
  ]);
});

it("nothing scatters with addition, which races in ONNX Runtime", () => {
  expect(filesWith(/"ScatterND"|reduction:|\.(scatterND|tensorScatterUpdate|unsortedSegmentSum)\(/)).toEqual(
    [],
  );
});

it.each([
  ["@tensorflow/tfjs", "engine/tf.ts"],
  ["onnxruntime-node", "engine/ort.ts"],
  ["@napi-rs/canvas", "report/draw/renderer.ts"],
  ["protobufjs", "engine/onnx/proto.ts, store/curve-files/tensorboard.ts"],
  ["koffi", "engine/native/library.ts"],
])("%s is imported in %s alone", (name, places) => {
  // import and export .. from, import(), require().
  expect(filesWith(new RegExp(`(from|import|import\\(|require\\()\\s*["']${name}(/[^"']*)?["']`))).toEqual(
    places.split(", "),
  );
});

it("optional packages are named to import() in one place each, and nothing else imports what it computes", () => {
  // Their types may be missing, so that the name is kept from the compiler.
  expect(filesWith(/import\((?!["'])/)).toEqual([
    "engine/eager.ts",
    "exec/user-router.ts",
    "report/draw/renderer.ts",
  ]);
  expect(filesWith(/const \w+(: string)? = "@tensorflow\/tfjs-node"/)).toEqual(["engine/eager.ts"]);
  expect(filesWith(/const \w+(: string)? = "chartjs-node-canvas"/)).toEqual(["report/draw/renderer.ts"]);
});

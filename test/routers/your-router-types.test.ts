/** The router of docs/your-router.md as TypeScript, against the types of the package, as strict as TypeScript gets. */
import { mkdirSync, readFileSync, symlinkSync, writeFileSync } from "node:fs";
import { createRequire } from "node:module";
import { join, resolve } from "node:path";
import { expect, it } from "vitest";
import { temporaryFolder } from "../support/folder.ts";
import { run } from "../support/spawn.ts";

const tsc = createRequire(import.meta.url).resolve("typescript/bin/tsc");
const text =
  /```js\n(import \{ defineRouter, detach[^]*?)```/.exec(readFileSync("docs/your-router.md", "utf8"))?.[1] ??
  "";
const folder = temporaryFolder();

mkdirSync(join(folder, "node_modules"));
symlinkSync(resolve("."), join(folder, "node_modules", "moe-lab"));
writeFileSync(join(folder, "package.json"), '{ "type": "module" }');
const compilerOptions = {
  ...{ module: "NodeNext", target: "ES2022", types: [], noEmit: true, skipLibCheck: false },
  ...{ strict: true, noUncheckedIndexedAccess: true, exactOptionalPropertyTypes: true },
  ...{ noImplicitOverride: true, noPropertyAccessFromIndexSignature: true, noUnusedLocals: true },
};
writeFileSync(join(folder, "tsconfig.json"), JSON.stringify({ compilerOptions, include: ["*.ts"] }));

/** What a router's author may want to name. */
const NAMES = `
import type {
  Assignment, DataSettings, ModelSettings, Named, OlmoeRouting, Router, RouterDefinition, RouterFinding, RouterInput, RouterMeasure, RouterNoise,
  RouterOptions, RouterParameter, RouterProblem, RouterSizes, RouterState, Routing, RoutingMode, Tensor, Tensors, TensorsOf,
} from "moe-lab";
export type All = [
  Assignment, DataSettings, ModelSettings, Named<1>, OlmoeRouting, Router, RouterDefinition<never, {}, {}, {}, {}, {}>, RouterFinding,
  RouterInput, RouterMeasure, RouterNoise, RouterOptions, RouterParameter, RouterProblem, RouterSizes, RouterState, Routing, RoutingMode, Tensor, Tensors,
  TensorsOf<{ a: 1 }>,
];`;

/** Each line of these is wrong, and nothing else is. */
const MISTAKES: readonly (readonly [string, string, string])[] = [
  ["parameters.weight", "parameters.wieght", "wieght"],
  ["state.bias), K", "state.bais), K", "bais"],
  ["{ step }) =>", "{ stp }) =>", "stp"],
  ["state: { bias } };", "state: { bais: bias } };", "bais"],
  ['kind: "token-choice"', 'kind: "token"', "token"],
  ["std: initStd", "str: initStd", "std"],
];

it("type checks as it stands, and each mistake is found where it is", async () => {
  writeFileSync(join(folder, "router.ts"), text);
  writeFileSync(join(folder, "names.ts"), NAMES);
  for (const [index, [right, wrong]] of MISTAKES.entries()) {
    expect(text).toContain(right);
    writeFileSync(join(folder, `mistake-${index}.ts`), text.replace(right, wrong));
  }
  const { stdout, stderr } = await run(process.execPath, [tsc, "-p", folder], { cwd: folder });
  const output = stdout + stderr;
  // Each with the lines that explain it, which are indented.
  const errors = output.split(/\n(?=\S)/).filter((error) => error.trim() !== "");
  // Nothing outside of the mistakes: neither the router nor a library.
  expect(errors.filter((error) => !error.startsWith("mistake-"))).toEqual([]);
  for (const [index, [, , named]] of MISTAKES.entries()) {
    expect(errors.filter((error) => error.startsWith(`mistake-${index}.ts`)).join("\n")).toContain(named);
  }
}, 240_000);

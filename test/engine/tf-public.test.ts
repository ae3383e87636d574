import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { expect, it } from "vitest";
import { detach, tf } from "../../src/engine/tf.ts";
import type { detach as declaredDetach, tf as declared } from "../../src/engine/tf-public.d.ts";

/** What follows does not compile where the package declares an operation otherwise than tfjs has it. */
const operations: typeof declared = tf;
const cut: typeof declaredDetach = detach;

it("what the package declares of tfjs is what a router gets", () => {
  expect(operations).toBe(tf);
  expect(cut).toBe(detach);
});

it("every name that the package's other declarations take from engine/tf.ts is declared: else it would be `any` in silence", () => {
  const files = readdirSync("dist", { recursive: true, encoding: "utf8" }).filter((f) => f.endsWith(".d.ts"));
  const taken = files.flatMap((file) =>
    [...readFileSync(join("dist", file), "utf8").matchAll(/\{([^}]*)\} from "[^"]*\/tf\.ts"/g)].flatMap(
      ([, names = ""]) => names.split(",").map((name) => name.replace("type ", "").trim()),
    ),
  );
  const text = readFileSync("src/engine/tf-public.d.ts", "utf8");
  const declared = [...text.matchAll(/^export declare (?:const|namespace) (\w+)/gm)].map(([, name]) => name);
  expect(taken).toContain("Tfjs");
  expect(taken.filter((name) => !declared.includes(name))).toEqual([]);
});

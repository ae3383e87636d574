/** Routers of large models against Hugging Face's transformers, on random tokens (test/fixtures/transformers/make_routers.py). */
import { readFileSync } from "node:fs";
import { expect, it } from "vitest";
import type { RouterSizes } from "../../src/model/router.ts";
import { shippedRouters } from "../../src/routers/index.ts";
import { route, rowsOf } from "../support/bodies.ts";
import { compiled } from "../support/engines.ts";

interface Fixture {
  readonly sizes: Pick<RouterSizes, "B" | "T" | "D" | "E" | "K">;
  readonly x: number[];
  readonly weight: number[];
  readonly bias: number[];
  readonly gates: Readonly<Record<string, number[]>>;
}
const fixture = JSON.parse(readFileSync("test/fixtures/transformers/routers.json", "utf8")) as Fixture;
const sizes = { ...fixture.sizes, V: 5, initStd: 0.02 };
const S = sizes.B * sizes.T;

it.each([
  ["group-limited", { groups: 4, keptGroups: 2 }, {}],
  ["sqrt-softplus", {}, {}],
  ["llama-4", {}, {}],
  // Room for ceil(1.2 * 1 * 6 / 8) = 1 token of each sequence.
  ["switch", { evaluationCapacityFactor: 1.2 }, { K: 1 }],
] as const)("%s", async (name, written, change) => {
  const router = shippedRouters.get(name)!;
  const { D, E } = sizes;
  const found = await route(
    compiled,
    router,
    { ...sizes, ...change },
    router.options.parse(written),
    "eval",
    {
      x: { shape: [S, D], values: fixture.x },
      weight: { shape: [D, E], values: fixture.weight },
      bias: { shape: [E], values: fixture.bias },
    },
  );
  const gates = Array.from(found["gate"]!);
  const table =
    found["expert"] === undefined
      ? gates
      : rowsOf(found["expert"], sizes.K).flatMap((experts, s) =>
          Array.from({ length: E }, (_, e) =>
            experts.includes(e) ? gates[s * sizes.K + experts.indexOf(e)]! : 0,
          ),
        );
  const wanted = fixture.gates[name]!;
  expect(wanted.filter((gate) => gate > 0).length).toBeGreaterThan(5);
  expect(table).toHaveLength(wanted.length);
  table.forEach((gate, i) => expect(gate, `gate ${i}`).toBeCloseTo(wanted[i]!, 5));
});

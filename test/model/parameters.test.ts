import { readFileSync } from "node:fs";
import { describe, expect, it } from "vitest";
import type { Settings } from "../../src/config/settings.ts";
import { initialParameters } from "../../src/model/parameters.ts";
import type { Router } from "../../src/model/router.ts";
import { modelSpec } from "../../src/model/spec.ts";
import { shippedRouters } from "../../src/routers/index.ts";
import { TINY_V, tinySettings } from "../support/tiny.ts";

const fixture = JSON.parse(readFileSync("test/fixtures/torch/initial.json", "utf8")) as {
  readonly seed: number;
  readonly init: Settings["model"]["init"];
  readonly first8: Record<string, Record<string, number[]>>;
  readonly redrawn3: Record<string, number[]>;
};
const OPTIONS: Record<string, Record<string, unknown>> = { "shared-expert": { experts: 2 } };

function settingsOf(router: string, change: Parameters<typeof tinySettings>[0] = {}): Settings {
  return tinySettings({ router: { name: router, options: OPTIONS[router] ?? {} }, ...change });
}

/** Initial values of a model by parameter. */
function initial(router: string, settings: Settings, seed = 1): Record<string, Float32Array> {
  const specs = modelSpec(settings, shippedRouters.get(router)!, TINY_V).parameters;
  return initialParameters(specs, settings, seed);
}

describe("initial values", () => {
  it.each(Object.entries(fixture.first8))(
    "of %s are those of the independent implementation",
    (router, first8) => {
      const found = initial(router, settingsOf(router, { model: { init: fixture.init } }), fixture.seed);
      expect(Object.keys(found).sort()).toEqual(Object.keys(first8).sort());
      for (const [name, values] of Object.entries(first8)) {
        values.forEach((value, i) => expect(found[name]![i], `${name} ${i}`).toBeCloseTo(value, 8));
      }
    },
  );

  it("with streams.router have the router's weights of the independent implementation", () => {
    const settings = { ...settingsOf("linear", { model: { init: fixture.init } }), streams: { router: 3 } };
    const found = initial("linear", settings, fixture.seed);
    for (const [name, values] of Object.entries(fixture.redrawn3)) {
      values.forEach((value, i) => expect(found[name]![i]).toBeCloseTo(value, 8));
    }
  });

  it("follow distribution, std and cut", () => {
    const draw = (init: Settings["model"]["init"]): Float32Array =>
      initial("linear", settingsOf("linear", { model: { width: 64, init } }))["layers.0.query"]!;
    const largest = (values: Float32Array): number =>
      values.reduce((max, value) => Math.max(max, Math.abs(value)), 0);
    const spread = (values: Float32Array): number =>
      Math.sqrt(values.reduce((sum, value) => sum + value * value, 0) / values.length);
    const plain = draw({ distribution: "normal", std: 0.5, cut: 2 });
    const cut = draw({ distribution: "truncated-normal", std: 0.5, cut: 2 });
    // Of 4096 normals about 186 lie beyond two standard deviations; none may be left.
    expect(plain.filter((value) => Math.abs(value) > 1).length).toBeGreaterThan(100);
    expect(largest(cut)).toBeLessThanOrEqual(1);
    // Standard error of a standard deviation: 0.5 / sqrt(2 * 4096) = 0.0055. Truncated at 2: 0.8796 of it.
    expect(Math.abs(spread(plain) - 0.5)).toBeLessThan(4 * 0.0055);
    expect(Math.abs(spread(cut) - 0.5 * 0.8796)).toBeLessThan(4 * 0.0055);
    const scaled = draw({ distribution: "normal", std: 1, cut: 2 });
    scaled.forEach((value, i) => expect(value).toBeCloseTo(2 * plain[i]!, 6));
  });

  it("are ones for gains, zeros for a std of zero", () => {
    const found = initial("linear", settingsOf("linear"));
    const gains = Object.keys(found).filter((name) => name.includes("norm"));
    expect(gains).toHaveLength(9); // 4 a layer and the final one
    for (const name of gains) expect(found[name]!.every((value) => value === 1)).toBe(true);
    const cold: Router = {
      ...shippedRouters.get("linear")!,
      parameters: ({ D, E }) => ({ weight: { shape: [D, E], std: 0, trained: true } }),
    };
    const settings = settingsOf("linear");
    const values = initialParameters(modelSpec(settings, cold, TINY_V).parameters, settings, 1)[
      "layers.0.router.weight"
    ]!;
    expect(Array.from(values)).toEqual(new Array<number>(32).fill(0));
  });
});

/** Names whose values differ in any bit, of those that both have. */
function differing(a: Record<string, Float32Array>, b: Record<string, Float32Array>): string[] {
  const both = Object.keys(a).filter((name) => a[name]!.length === b[name]?.length);
  return both.filter((name) => !Buffer.from(a[name]!.buffer).equals(Buffer.from(b[name]!.buffer)));
}

describe("named streams", () => {
  const names = [...shippedRouters.keys()].filter((name) => name !== "dense");
  it.each(names.slice(1))("linear and %s at one seed share every parameter that both have", (other) => {
    const [a, b] = [initial("linear", settingsOf("linear")), initial(other, settingsOf(other))];
    expect(differing(a, b)).toEqual([]);
    const shared = Object.keys(a).filter((name) => !name.includes(".router."));
    for (const name of shared) expect(b[name]?.length, name).toBe(a[name]!.length);
  });

  it("streams.router draws the router's parameters again, and no others", () => {
    const settings = settingsOf("attention");
    const found = differing(
      initial("attention", settings),
      initial("attention", { ...settings, streams: { router: 1 } }),
    );
    const own = ["query", "key", "value"].flatMap((name) => [0, 1].map((l) => `layers.${l}.router.${name}`));
    expect(found.sort()).toEqual(own.sort());
    // And each salt is a draw of its own.
    const again = differing(
      initial("attention", { ...settings, streams: { router: 2 } }),
      initial("attention", { ...settings, streams: { router: 1 } }),
    );
    expect(again.sort()).toEqual(own.sort());
  });

  it("another seed draws every matrix again", () => {
    const settings = settingsOf("linear");
    const found = differing(initial("linear", settings, 1), initial("linear", settings, 2));
    const matrices = Object.keys(initial("linear", settings)).filter((name) => !name.includes("norm"));
    expect(found.sort()).toEqual(matrices.sort());
  });

  it("no two matrices of a model start alike", () => {
    const matrices = Object.entries(initial("shared-expert", settingsOf("shared-expert"))).filter(
      ([name]) => !name.includes("norm"),
    );
    expect(new Set(matrices.map(([, values]) => values.subarray(0, 8).join())).size).toBe(matrices.length);
  });
});

it("a router's state and noise are there once a layer", () => {
  const settings = settingsOf("linear");
  const router: Router = {
    ...shippedRouters.get("linear")!,
    state: ({ E }) => ({ bias: { shape: [E], dtype: "float32", initial: 2 } }),
    noise: ({ B, T, E }) => ({ jitter: { shape: [B * T, E], distribution: "uniform" } }),
  };
  expect(modelSpec(settings, router, TINY_V).state).toEqual({
    "layers.0.router.bias": { shape: [4], dtype: "float32", initial: 2 },
    "layers.1.router.bias": { shape: [4], dtype: "float32", initial: 2 },
  });
  expect(Object.keys(modelSpec(settings, router, TINY_V).noise)).toEqual([
    "layers.0.router.jitter",
    "layers.1.router.jitter",
  ]);
  expect(modelSpec(settings, shippedRouters.get("linear")!, TINY_V).noise).toEqual({});
});

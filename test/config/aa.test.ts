import { expect, it } from "vitest";
import { loadExperiment } from "../../src/config/load.ts";
import type { Settings } from "../../src/config/settings.ts";
import { canonicalJson } from "../../src/core/json.ts";
import { initialParameters } from "../../src/model/parameters.ts";
import { modelSpec } from "../../src/model/spec.ts";
import { shippedRouters } from "../../src/routers/index.ts";

const load = async (name: string) =>
  (await loadExperiment(`experiments/${name}.json`, { routers: shippedRouters, tier: "standard" }))
    .experiment;

it("aa.json: every arm but the controls is the baseline with another draw of its router, and nothing else", async () => {
  const { variants, baseline, controls } = await load("aa");
  const linear = variants.find(({ name }) => name === baseline)!.settings;
  const arms = variants.filter(({ name }) => ![controls.floor, controls.dense, baseline].includes(name));
  expect(arms.length).toBeGreaterThan(2);
  for (const { settings } of arms) {
    expect(canonicalJson({ ...settings, streams: linear.streams })).toBe(canonicalJson(linear));
  }
  const draws = [linear, ...arms.map(({ settings }) => settings)].map(({ streams }) => streams.router);
  expect(new Set(draws).size).toBe(draws.length);
});

it("aa.json: another draw changes the router's parameters at the same seed, and no others", async () => {
  const { variants } = await load("aa");
  const router = shippedRouters.get("linear")!;
  const drawn = (settings: Settings) =>
    initialParameters(modelSpec(settings, router, 256).parameters, settings, 1);
  const [plain, again] = ["linear", "draw-1"].map((arm) =>
    drawn(variants.find(({ name }) => name === arm)!.settings),
  );
  const changed = Object.keys(plain!).filter((name) => !sameNumbers(plain![name]!, again![name]!));
  expect(changed.length).toBeGreaterThan(0);
  expect(changed.every((name) => name.includes("router"))).toBe(true);
  expect(Object.keys(plain!).filter((name) => name.includes("router"))).toEqual(changed);
});

function sameNumbers(a: ArrayLike<number>, b: ArrayLike<number>): boolean {
  return a.length === b.length && Array.from({ length: a.length }, (_, i) => a[i] === b[i]).every(Boolean);
}

it("aa.json and attention-router.json share their baseline and controls, run for run", async () => {
  const [aa, router] = [await load("aa"), await load("attention-router")];
  for (const name of ["linear", "frozen", "dense"]) {
    const of = ({ variants }: typeof aa) => variants.find((variant) => variant.name === name)!.settings;
    expect(canonicalJson(of(aa))).toBe(canonicalJson(of(router)));
  }
});

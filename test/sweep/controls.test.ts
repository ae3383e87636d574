import { readdirSync } from "node:fs";
import { expect, it } from "vitest";
import { loadExperiment } from "../../src/config/load.ts";
import type { Experiment, Settings } from "../../src/config/settings.ts";
import { modelSpec } from "../../src/model/spec.ts";
import { shippedRouters } from "../../src/routers/index.ts";
import { controlProblems } from "../../src/sweep/controls.ts";
import { tinySettings } from "../support/tiny.ts";

const specOf = (settings: Settings): ReturnType<typeof modelSpec> =>
  modelSpec(settings, shippedRouters.get(settings.router.name)!, 256);
const variants = Object.entries({
  linear: tinySettings({}),
  frozen: tinySettings({ router: { name: "linear", options: { frozen: true } } }),
  hash: tinySettings({ router: { name: "hash" } }),
  dense: tinySettings({ router: { name: "dense" }, model: { experts: 1, topK: 1 } }),
}).flatMap(([name, settings]): Experiment["variants"] => [
  { name, label: name, varies: [], settings },
  { name: `${name}, model.width=8`, label: name, varies: [], settings },
]);
const found = (floor: string | null, dense: string | null): readonly string[] =>
  controlProblems({ controls: { floor, dense }, variants }, specOf).map(
    ({ path, message }) => `${path}: ${message}`,
  );

it("a floor without trained router weights and a dense control of one expert are what they say", () => {
  expect(found("frozen", "dense")).toEqual([]);
  expect(found("hash", null)).toEqual([]);
  expect(found(null, null)).toEqual([]);
});

it("a floor that trains its router and a dense control with experts are refused, in a grid too", () => {
  for (const suffix of ["", ", model.width=8"]) {
    expect(found(`linear${suffix}`, `hash${suffix}`)).toEqual([
      expect.stringMatching(/^controls\.floor: "linear.*" trains its router \(layers\.0\.router\.weight\)/),
      expect.stringMatching(/^controls\.dense: "hash.*" has 4 experts/),
    ]);
  }
});

it.each(readdirSync("experiments"))("%s has controls that are what they say", async (file) => {
  const { experiment } = await loadExperiment(`experiments/${file}`, { routers: shippedRouters });
  expect(controlProblems(experiment, specOf)).toEqual([]);
});

import { expect, it } from "vitest";
import { initialParameters } from "../../src/model/parameters.ts";
import { gradientProgram, NAMES } from "../../src/model/programs.ts";
import { modelSpec } from "../../src/model/spec.ts";
import attention from "../../src/routers/attention/attention.ts";
import attentionRandomKey from "../../src/routers/attention/attention-random-key.ts";
import { engines } from "../support/engines.ts";
import { programFeeds, relativeDistance, TINY_V, tinySettings } from "../support/tiny.ts";

const options = { initScale: 1, temperature: 1 };
const settingsOf = (name: string) => tinySettings({ router: { name, options } });
const specsOf = (router: typeof attention) => modelSpec(settingsOf(router.name), router, TINY_V).parameters;

it("starts with the very numbers of the attention router, and keeps its keys", () => {
  const start = (router: typeof attention) => initialParameters(specsOf(router), settingsOf(router.name), 3);
  expect(start(attentionRandomKey)).toEqual(start(attention));
  const frozen = Object.entries(specsOf(attentionRandomKey)).filter(([, { trained }]) => !trained);
  expect(frozen.map(([name]) => name)).toEqual(["layers.0.router.key", "layers.1.router.key"]);
  expect(Object.values(specsOf(attention)).every(({ trained }) => trained)).toBe(true);
});

it.each(engines)(
  "has the attention router's loss and gradients, but none for its keys, on $name",
  async (engine) => {
    const run = async (router: typeof attention) => {
      const settings = settingsOf(router.name);
      const program = gradientProgram(modelSpec(settings, router, TINY_V));
      const executable = await engine.compile(program);
      const outputs = await executable.run(programFeeds(program, modelSpec(settings, router, TINY_V), 1));
      await executable.dispose();
      return outputs;
    };
    const [whole, control] = [await run(attention), await run(attentionRandomKey)];
    const missing = Object.keys(whole).filter((name) => !(name in control));
    expect(missing.sort()).toEqual([0, 1].map((l) => NAMES.gradient(`layers.${l}.router.key`)));
    for (const [name, values] of Object.entries(control)) {
      expect(relativeDistance(values, whole[name]!), name).toBeLessThan(1e-5);
    }
  },
);

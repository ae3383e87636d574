/** Gradients of the step program against directional finite differences of its loss, with the selection held fixed. */
import { describe, expect, it } from "vitest";
import { streamOf } from "../../src/core/streams.ts";
import { tf } from "../../src/engine/tf.ts";
import type { HostArray, HostTensors } from "../../src/engine/types.ts";
import type { BoundRouter } from "../../src/model/bound-router.ts";
import { evaluationProgram, gradientProgram, NAMES, trainedNames } from "../../src/model/programs.ts";
import { type ModelSpec, modelSpec } from "../../src/model/spec.ts";
import { compiled } from "../support/engines.ts";
import { describeRouters, type RouterCase, routerCases, trainState } from "../support/router-cases.ts";
import { programFeeds, TINY_V, tinySettings, withRoute } from "../support/tiny.ts";

/** The auxiliary losses weigh enough to be felt. */
const LOSSES = { balanceWeight: 0.3, zWeight: 0.2 };
/**
 * A loss of about 2.5 in float32 is known to 2.4e-7, and comes out of sums over 12 tokens: a difference of two, over 2 h,
 * is known to about 1e-6 / h. What the two step sizes leave of the curvature is under a thousandth of the gradient.
 */
const ROUNDING = 1e-6;
const CURVATURE = 1e-3;

/** The model as it is in training, with who was chosen, and the router's own losses, as matrices to look at. */
function watched(spec: ModelSpec): ModelSpec {
  const route: BoundRouter["route"] = (input) => {
    const routing = spec.router.route({ ...input, mode: "train" });
    const { assignment, losses = {} } = routing;
    const chosen =
      assignment.kind === "token-choice"
        ? assignment.expert
        : assignment.kind === "expert-choice"
          ? assignment.token
          : tf.greater(assignment.gate, 0);
    const given = tf.notEqual(routing.output ?? tf.zeros([1]), 0);
    const all = tf.concat([chosen, given].map((one) => tf.reshape(tf.cast(one, "float32"), [-1]))); // who, and who gives
    const own = Object.values(losses).reduce((total, loss) => tf.add(total, loss), tf.scalar(0));
    return { ...routing, matrices: { chosen: all, own } };
  };
  const noise = Object.entries(spec.noise).map(([name, one]) => [name, { ...one, inEvaluation: true }]);
  return {
    ...withRoute(spec, route),
    noise: Object.fromEntries(noise) as ModelSpec["noise"],
  };
}

interface Measured {
  readonly parameter: string;
  /** Directional derivative by the program's gradient, and by differences. */
  readonly analytic: number;
  readonly numeric: number;
  readonly tolerance: number;
}

/**
 * One random direction for every trained parameter, at the first random model where no step changes who is chosen.
 * `distort` changes the gradients that are judged.
 */
async function measure(
  one: RouterCase,
  distort: (name: string, value: number) => number,
): Promise<Measured[]> {
  const { router, options, model } = one;
  const settings = tinySettings({ router: { name: router.name, options }, model, losses: LOSSES });
  const spec = modelSpec(settings, router, TINY_V);
  const program = gradientProgram(spec);
  const step = await compiled.compile(program);
  const forward = await compiled.compile(evaluationProgram(watched(spec), "eval"));
  try {
    for (let seed = 1; seed <= 20; seed++) {
      const feeds = programFeeds(program, spec, seed);
      trainState(feeds);
      const outputs = await step.run(feeds);
      const here = await forward.run(feeds);
      expect(here[NAMES.loss]![0]).toBeCloseTo(outputs[NAMES.loss]![0]!, 6);
      const chosen = here[NAMES.matrix("chosen")]!.join();
      const found: Measured[] = [];
      for (const name of trainedNames(spec)) {
        const gradient = Array.from(outputs[NAMES.gradient(name)]!, (value) => distort(name, value));
        const direction = halfWayTo(gradient, name);
        const key = NAMES.parameter(name);
        const at = (distance: number): Promise<HostTensors> =>
          forward.run({ ...feeds, [key]: feeds[key]!.map((value, i) => value + distance * direction[i]!) });
        const numeric = await derivative(at, spec.router, chosen);
        if (numeric === null) break; // another model
        const analytic = gradient.reduce((sum, value, i) => sum + value * direction[i]!, 0);
        found.push({
          parameter: name,
          analytic,
          ...numeric,
          tolerance: CURVATURE * Math.hypot(...gradient) + ROUNDING / numeric.h,
        });
      }
      if (found.length === trainedNames(spec).length) return found;
    }
    throw new Error("no random model with a clear selection was found");
  } finally {
    await Promise.all([step.dispose(), forward.dispose()]);
  }
}

/** Central differences with two step sizes, exact up to the fifth derivative; null where every step changes the selection. */
async function derivative(
  at: (distance: number) => Promise<HostTensors>,
  router: BoundRouter,
  chosen: string,
): Promise<{ numeric: number; h: number } | null> {
  for (let h = 0.01; h > 0.001; h /= 2) {
    const runs: HostTensors[] = [];
    for (const distance of [-2 * h, -h, h, 2 * h]) runs.push(await at(distance));
    if (runs.some((run) => run[NAMES.matrix("chosen")]!.join() !== chosen)) continue;
    const [far0, near0, near1, far1] = runs.map((run) => objective(run, router)) as [
      number,
      number,
      number,
      number,
    ];
    return { numeric: (8 * (near1 - near0) - (far1 - far0)) / (12 * h), h };
  }
  return null;
}

/** A unit vector between the gradient's direction and a random one: feels both its length and errors across it. */
function halfWayTo(gradient: readonly number[], name: string): number[] {
  const stream = streamOf(0, "directions", name);
  const norm = Math.hypot(...gradient);
  const random = gradient.map(() => stream.normal());
  const length = Math.hypot(...random);
  const mixed = gradient.map((value, i) => value / norm + random[i]! / length);
  const scale = Math.hypot(...mixed);
  return mixed.map((value) => value / scale);
}

/** What the step differentiates, in float64 from the losses that an evaluation reports. */
function objective(outputs: HostTensors, router: BoundRouter): number {
  const mean = (values: HostArray | undefined): number =>
    values === undefined ? 0 : Array.from(values).reduce((a, b) => a + b) / values.length;
  const balance = router.wantsBalanceLoss ? LOSSES.balanceWeight * mean(outputs[NAMES.balance]) : 0;
  const own = Array.from(outputs[NAMES.matrix("own")]!).reduce((a, b) => a + b); // summed over layers
  return outputs[NAMES.loss]![0]! + balance + LOSSES.zWeight * mean(outputs[NAMES.z]) + own;
}

describeRouters(routerCases, (one) => {
  it("has the gradients that finite differences have", async () => {
    const found = await measure(one, (_, value) => value);
    expect(found.length).toBeGreaterThan(20);
    for (const { parameter, analytic, numeric, tolerance } of found) {
      expect(Math.abs(analytic - numeric), `${parameter}: ${analytic} against ${numeric}`).toBeLessThan(
        tolerance,
      );
      expect(tolerance, `${parameter}: the measurement is blunt`).toBeLessThan(0.05 * Math.abs(numeric));
    }
  });
});

/** Settings of the model beside its router, under the simplest one. */
const MODELS: readonly RouterCase["model"][] = [
  { norm: "layer" },
  { norm: "layer-nonparametric" },
  { norm: "layer-nonparametric", qkNorm: false },
  { localizedFiltering: true },
  { localizedFiltering: true, norm: "layer-nonparametric", tiedEmbeddings: true },
  { latentWidth: 5 },
];

describe.each(MODELS)("linear with %o", (model) => {
  it("has the gradients that finite differences have", async () => {
    const linear = routerCases.find(({ name }) => name === "linear {}")!;
    const found = await measure({ ...linear, model }, (_, value) => value);
    const filters = found.filter(({ parameter }) => /filter_(first|second)$/.test(parameter));
    expect(filters).toHaveLength(model.localizedFiltering === true ? 4 : 0);
    for (const { parameter, analytic, numeric, tolerance } of found) {
      expect(Math.abs(analytic - numeric), `${parameter}: ${analytic} against ${numeric}`).toBeLessThan(
        tolerance,
      );
      expect(tolerance, `${parameter}: the measurement is blunt`).toBeLessThan(0.05 * Math.abs(numeric));
    }
  });
});

it("the comparison notices a gradient that is 1 % too large", async () => {
  const linear = routerCases.find(({ name }) => name === "linear {}")!;
  const wrong = new Set(["head", "layers.0.experts.up", "layers.1.query", "layers.1.router.weight"]);
  const found = await measure(linear, (name, value) => (wrong.has(name) ? 1.01 * value : value));
  const noticed = found.filter(
    ({ analytic, numeric, tolerance }) => Math.abs(analytic - numeric) > tolerance,
  );
  expect(new Set(noticed.map(({ parameter }) => parameter))).toEqual(wrong);
});

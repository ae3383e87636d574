/** Balance losses and biases that belong to no router: values by hand, what balance is, and whom the gradient reaches. */
import { describe, expect, it } from "vitest";
import type { Settings } from "../../src/config/settings.ts";
import { DEFAULTS } from "../../src/config/defaults.ts";
import { topKIndices } from "../../src/engine/ops/discrete.ts";
import { tf } from "../../src/engine/tf.ts";
import type { Engine, HostTensors, Tensor } from "../../src/engine/types.ts";
import { balanceTerm, nextSelectionBias, nextWindow } from "../../src/model/balancing.ts";
import { countAssignments } from "../../src/model/losses.ts";
import { gradientProgram, NAMES } from "../../src/model/programs.ts";
import type { Assignment, Router } from "../../src/model/router.ts";
import { modelSpec } from "../../src/model/spec.ts";
import { shippedRouters } from "../../src/routers/index.ts";
import linear from "../../src/routers/softmax/linear.ts";
import { type Given, matrix, rowsOf, runBody } from "../support/bodies.ts";
import { eager, engines } from "../support/engines.ts";
import { expectGradients } from "../support/gradients.ts";
import { programFeeds, TINY_V, tinySettings, withRoute } from "../support/tiny.ts";

type Losses = Settings["losses"];
const FORMS = ["switch", "importance", "importance-load", "entropy"] as const;
const ALL = FORMS.flatMap((balanceForm) =>
  (["batch", "sequence"] as const).map((balanceScope) => ({ balanceForm, balanceScope })),
);
const { log } = Math;

/** The term of tokens with these logits, top-K, in B sequences. */
function termOf(
  logits: Tensor,
  { B, K }: { readonly B: number; readonly K: number },
  change: Partial<Losses>,
  window?: Tensor,
): Tensor {
  const [S = 0, E = 0] = logits.shape;
  const expert = topKIndices(logits, K);
  const assignment: Assignment = { kind: "token-choice", expert, gate: tf.cast(expert, "float32") };
  const { counts } = countAssignments(assignment, S, E);
  const routed = { assignment, probs: tf.softmax(logits), logits, counts, window };
  return balanceTerm(routed, { ...DEFAULTS.losses, ...change }, { B, E, K });
}

async function valueOf(
  engine: Engine,
  logits: readonly (readonly number[])[],
  sizes: { readonly B: number; readonly K: number },
  change: Partial<Losses>,
  window?: readonly number[],
): Promise<number> {
  const given: Record<string, Given> = { logits: matrix(logits) };
  if (window !== undefined) given["window"] = { shape: [window.length], values: window };
  const { term } = await runBody(engine, given, (inputs) => ({
    term: termOf(inputs["logits"]!, sizes, change, inputs["window"]),
  }));
  return term![0]!;
}

/** Logits whose softmax is this. */
const as = (...probs: number[]): number[] => probs.map(log);
/** Two sequences of two tokens: the first goes to expert 0, the second to expert 1. */
const PARTED = [as(0.8, 0.2), as(0.6, 0.4), as(0.2, 0.8), as(0.4, 0.6)];

describe.each(engines)("on $name", (engine) => {
  it.each(ALL)(
    "$balanceForm by $balanceScope is 1 where every expert is as likely and as busy",
    async (change) => {
      const tokens = [
        [2, 1, 0],
        [0, 2, 1],
        [1, 0, 2],
      ];
      expect(await valueOf(engine, [...tokens, ...tokens], { B: 2, K: 1 }, change)).toBeCloseTo(1, 5);
      expect(await valueOf(engine, [...tokens, ...tokens], { B: 2, K: 2 }, change)).toBeCloseTo(1, 5);
    },
  );

  it.each(FORMS)("%s by sequence sees what evens out over the batch", async (balanceForm) => {
    const [batch, sequence] = [
      await valueOf(engine, PARTED, { B: 2, K: 1 }, { balanceForm, balanceScope: "batch" }),
      await valueOf(engine, PARTED, { B: 2, K: 1 }, { balanceForm, balanceScope: "sequence" }),
    ];
    expect(batch).toBeCloseTo(1, 5);
    expect(sequence).toBeGreaterThan(1.05);
  });

  it("the sequence form is DeepSeek-V3's, E sum f P of each sequence", async () => {
    // P = [.7, .3] with f = [1, 0], and [.3, .7] with [0, 1]: 2 * .7 both.
    const change = { balanceForm: "switch", balanceScope: "sequence" } as const;
    expect(await valueOf(engine, PARTED, { B: 2, K: 1 }, change)).toBeCloseTo(1.4, 5);
  });

  it("importance is 1 + CV^2: P = [.7, .3] deviates by .2 from .5, so 1 + .16", async () => {
    const change = { balanceForm: "importance" } as const;
    expect(await valueOf(engine, PARTED.slice(0, 2), { B: 1, K: 1 }, change)).toBeCloseTo(1.16, 5);
  });

  it("entropy is 1 + ln 2 - H(.7, .3)", async () => {
    const wanted = 1 + log(2) + 0.7 * log(0.7) + 0.3 * log(0.3);
    const change = { balanceForm: "entropy" } as const;
    expect(await valueOf(engine, PARTED.slice(0, 2), { B: 1, K: 1 }, change)).toBeCloseTo(wanted, 5);
  });

  it("importance-load: one token with logits 2, 1, 0, top-1", async () => {
    // Chosen again: against the second, Phi(2 - 1); the others against the first, Phi(1 - 2) and Phi(0 - 2) (tables).
    const load = [0.841345, 0.158655, 0.02275];
    const probs = [2, 1, 0].map((z) => Math.exp(z) / (Math.exp(2) + Math.exp(1) + 1));
    const uneven = (x: readonly number[]): number => {
      const mean = x.reduce((a, b) => a + b) / 3;
      return 1 + x.reduce((sum, value) => sum + (value - mean) ** 2, 0) / 3 / mean ** 2;
    };
    const change = { balanceForm: "importance-load" } as const;
    const found = await valueOf(engine, [[2, 1, 0]], { B: 1, K: 1 }, change);
    expect(found).toBeCloseTo((uneven(probs) + uneven(load)) / 2, 4);
  });

  it("a window counts the batches before, and takes P from the newest", async () => {
    const { next, term } = await runBody(
      engine,
      {
        before: { shape: [2], values: [3, 1] },
        counts: { shape: [2], values: [1, 1] },
        logits: matrix(PARTED.slice(0, 2)),
      },
      ({ before, counts, logits }) => {
        const next = nextWindow(before!, counts!, 2);
        return { next, term: termOf(logits!, { B: 1, K: 1 }, { balanceScope: "window" }, next) };
      },
    );
    // [3, 1] / 2 + [1, 1]; f = [.625, .375], P = [.7, .3]: 2 (.4375 + .1125).
    expect([...next!]).toEqual([2.5, 1.5]);
    expect(term![0]).toBeCloseTo(1.1, 5);
  });

  it("a bias moves by its step against the load", async () => {
    const given = {
      bias: { shape: [4], values: [0.5, 0, 0, -1] },
      counts: { shape: [4], values: [4, 0, 2, 2] },
    };
    const { next } = await runBody(engine, given, ({ bias, counts }) => ({
      next: nextSelectionBias(bias!, counts!, 0.25),
    }));
    expect([...next!]).toEqual([0.25, 0.25, 0, -1]); // the mean is 2
  });

  it.each([...ALL, { balanceForm: "switch", balanceScope: "window" } as const])(
    "$balanceForm by $balanceScope: its gradient reaches the router, and nothing else changes",
    async (change) => {
      const gradients = async (balanceWeight: number): Promise<HostTensors> => {
        const losses = { ...change, balanceWeight };
        const spec = modelSpec(tinySettings({ losses }), linear, TINY_V);
        const program = gradientProgram(spec);
        return (await engine.compile(program)).run(programFeeds(program, spec, 1));
      };
      const [off, on] = [await gradients(0), await gradients(1)];
      const weight = NAMES.gradient("layers.1.router.weight");
      const felt = on[weight]!.map((value, i) => value - off[weight]![i]!);
      // Every expert's column is reached.
      for (let e = 0; e < 4; e++)
        expect(Math.hypot(...rowsOf(felt, 4).map((row) => row[e]!))).toBeGreaterThan(1e-5);
      const head = NAMES.gradient("head");
      on[head]!.forEach((value, i) => expect(value).toBeCloseTo(off[head]![i]!, 6));
      // What is reported is Switch's of the batch, whatever is trained on.
      for (const name of [NAMES.loss, NAMES.balance]) expect([...on[name]!]).toEqual([...off[name]!]);
    },
  );
});

it.each(ALL)("$balanceForm by $balanceScope: gradients are those of finite differences", async (change) => {
  const sizes = { B: 2, K: 2 };
  await expectGradients(
    { variables: { logits: [6, 5] }, body: ({ logits }) => termOf(logits!, sizes, change) },
    engines,
    eager,
  );
});

describe("mistakes of other frameworks", () => {
  it("a second softmax over probabilities hides a collapse: E is reported where one expert has all", async () => {
    const collapsed = [
      [30, 0, 0],
      [30, 0, 0],
    ];
    // 3 * 1 * 1; with softmax(softmax) P would be e / (e + 2) = .576 and the loss 1.73.
    expect(await valueOf(eager, collapsed, { B: 1, K: 1 }, {})).toBeCloseTo(3, 5);
    const twice = await runBody(eager, { logits: matrix(collapsed) }, ({ logits }) => ({
      term: termOf(tf.softmax(logits!), { B: 1, K: 1 }, {}),
    }));
    expect(twice["term"]![0]).toBeCloseTo((3 * Math.E) / (Math.E + 2), 4);
  });

  it.each(FORMS)("%s: experts that nobody chose have a gradient too", async (balanceForm) => {
    const body = ({ logits }: Record<string, Tensor>): Tensor =>
      termOf(logits!, { B: 1, K: 1 }, { balanceForm });
    const { slopes } = await runBody(eager, { logits: matrix([[3, 1, 0], [2, 0.5, 1]]) }, ({ logits }) => ({ slopes: tf.grad((x) => body({ logits: x }))(logits!) })); // prettier-ignore
    // Expert 0 has both tokens: P over the chosen alone, renormalised, would be [1, 0, 0] whatever the logits are.
    for (const row of rowsOf(slopes!, 3)) {
      expect(row[0]).toBeGreaterThan(1e-4);
      expect(row[1]! < -1e-4 || row[2]! < -1e-4).toBe(true);
    }
  });
});

describe("a bias of the choice", () => {
  const takers = [...shippedRouters.values()].filter((router) =>
    router.takesSelectionBias(router.options.parse({})),
  );

  it("is taken by the routers that choose by scores", () => {
    expect(takers.map(({ name }) => name)).toEqual(
      expect.arrayContaining(["linear", "attention", "shared-expert"]),
    );
  });

  it.each(takers.map((router) => [router.name, router] as const))(
    "chooses in %s, does not weigh, and is the program's state",
    async (name, router: Router) => {
      const settings = tinySettings({ router: { name }, losses: { biasStep: 0.5 } });
      const spec = modelSpec(settings, router, TINY_V);
      const seen: Tensor[] = [];
      const watched = withRoute(spec, (input) => {
        const routing = spec.router.route(input);
        const { assignment } = routing;
        if (assignment.kind === "token-choice")
          seen.push(tf.keep(assignment.expert), tf.keep(assignment.gate));
        return routing;
      });
      const program = gradientProgram(watched);
      const feeds = programFeeds(program, spec, 1);
      const bias = Float32Array.of(0, 0, 0, 1e4);
      const at = [0, 1].map((layer) => `layers.${layer}.selection_bias`);
      const outputs = await (
        await eager.compile(program)
      ).run({ ...feeds, ...Object.fromEntries(at.map((one) => [NAMES.state(one), bias])) });
      const [expert, gate] = seen;
      for (const chosen of rowsOf(expert!.dataSync(), 2)) expect(chosen).toContain(3);
      for (const weight of gate!.dataSync()) expect(weight).toBeLessThan(1);
      // Expert 3 had every token of 12, the mean is 6.
      for (const one of at) expect(outputs[NAMES.nextState(one)]![3]).toBe(1e4 - 0.5);
      tf.dispose(seen);
    },
  );

  it("is nothing where it is not asked for, or where a router takes none", () => {
    const names = (router: Router, biasStep: number): string[] => {
      const settings = tinySettings({ router: { name: router.name }, losses: { biasStep } });
      return Object.keys(modelSpec(settings, router, TINY_V).state);
    };
    expect(names(linear, 0)).toEqual([]);
    expect(names(linear, 0.001)).toEqual(["layers.0.selection_bias", "layers.1.selection_bias"]);
    expect(names(shippedRouters.get("hash")!, 0.001)).toEqual([]);
  });
});

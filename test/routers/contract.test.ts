/** What any router must pass, whatever it does; and that each of these checks notices a router that does not. */
import { afterAll, describe, expect, it } from "vitest";
import { type RouterFinding, checkRouter, ROUTER_CHECKS } from "../../src/check/check-router.ts";
import { rowsOf } from "../../src/check/numbers.ts";
import { withZeroRouter } from "../../src/check/step-checks.ts";
import { type CheckSubject, checkSubject } from "../../src/check/subject.ts";
import { detach, tf } from "../../src/engine/tf.ts";
import { NAMES } from "../../src/model/programs.ts";
import { type Assignment, defineRouter, type Router, type Routing } from "../../src/model/router.ts";
import expertChoice from "../../src/routers/expert-choice.ts";
import linear from "../../src/routers/linear.ts";
import { compiled, eager } from "../support/engines.ts";
import { routerCases } from "../support/router-cases.ts";

/** Learned by nothing: a renumbering has nothing to renumber. */
const FIXED = ["dense", "hash", "oracle"];

describe.each(routerCases)("$name", ({ router, options, model }) => {
  const found = checkSubject(router, options, { eager, compiled }, model);
  if ("message" in found) throw new Error(found.message);
  const subject: CheckSubject = found;
  afterAll(() => subject.dispose());

  const checks = ROUTER_CHECKS.filter(({ applies }) => applies(subject));
  it.each(checks)("$name", async ({ run }) => expect(await run(subject)).toEqual([]));

  it("is tried by every check, unless it is fixed", () => {
    expect(ROUTER_CHECKS.length - checks.length).toBe(FIXED.includes(router.name) ? 1 : 0);
  });

  it.runIf(router.wantsBalanceLoss(options))("chooses by score: a tie goes to the lower index", async () => {
    for (const { spec, feeds, fast } of await subject.steps()) {
      const { B, T, E, K } = spec.router.sizes;
      const outputs = await fast.run(withZeroRouter(feeds));
      // The first K take every token.
      const counts = Array.from({ length: E }, (_, e) => (e < K ? B * T : 0));
      for (const row of rowsOf(outputs[NAMES.counts]!, E)) expect(row).toEqual(counts);
    }
  });
});

/** linear with a change in what it returns. */
const returning = (change: (routing: Routing) => object): Router => ({
  ...linear,
  route: (...args) => {
    const routing = linear.route(...args);
    return { ...routing, ...change(routing) };
  },
});
/** linear with a change in its assignment. */
const assigning = (change: (chosen: Extract<Assignment, { kind: "token-choice" }>) => object): Router =>
  returning(({ assignment }) => ({
    assignment: { ...assignment, ...(assignment.kind === "token-choice" ? change(assignment) : {}) },
  }));
const declaring = (change: Partial<Router>): Router => ({ ...linear, ...change });
const bias = { bias: { shape: [], initial: 0 } };
/** linear on tokens that are scaled. */
const scaling = (scale: () => number): Router =>
  declaring({ route: (input, ...rest) => linear.route({ ...input, x: tf.mul(input.x, scale()) }, ...rest) });
const dodging = scaling(() => (tf.getBackend() === "cpu" ? 1 : 1.5));
let calls = 0;

describe("a mistake is said", () => {
  it.each<[string, Router, Partial<RouterFinding>]>([
    [
      "gates of the wrong shape",
      assigning(({ gate }) => ({ gate: tf.transpose(gate) })),
      { check: ROUTER_CHECKS[0]!.name, message: "gate has shape" },
    ],
    [
      "an expert twice",
      assigning(({ expert }) => ({ expert: tf.mul(expert, 0) })),
      { message: "expert names one twice: 0, 0" },
    ],
    [
      "an index that is no expert",
      assigning(({ expert }) => ({ expert: tf.sub(expert, 1) })),
      { message: "expert has -1, but goes from 0 to" },
    ],
    [
      "a gate that is not finite",
      assigning(({ gate }) => ({ gate: tf.div(gate, 0) })),
      { message: "gate is not finite" },
    ],
    [
      "a kind that there is not",
      assigning(() => ({ kind: "token" })),
      { message: 'assignment.kind is "token"' },
    ],
    [
      "probabilities that do not sum to 1",
      returning(({ logits }) => ({ probs: tf.sigmoid(logits!) })),
      { message: "probs of a token sum to" },
    ],
    [
      "a loss that is no scalar",
      returning(({ logits }) => ({ losses: { own: logits } })),
      { message: "losses.own has shape" },
    ],
    [
      "state that is not returned",
      declaring({ state: () => bias }),
      { message: "bias is declared, but not" },
    ],
    [
      "state that is not declared",
      returning(() => ({ state: { bias: tf.scalar(0) } })),
      { message: "state: bias is returned, but not declared" },
    ],
    [
      "a matrix that is not returned",
      declaring({ matrices: () => ({ pairs: [2, 2] }) }),
      { message: "matrices: pairs is declared" },
    ],
    [
      "a parameter without use",
      declaring({
        parameters: (...args) => ({ ...linear.parameters(...args), spare: { shape: [2], std: 1 } }),
      }),
      { check: ROUTER_CHECKS[1]!.name, message: "spare is declared, but route does not use it" },
    ],
    [
      "an expert that is preferred",
      declaring({
        route: (input, sizes, options) => {
          const ahead = tf.oneHot(tf.scalar(1, "int32"), sizes.E, 1, 0, "float32");
          const weight = tf.add(input.parameters["weight"]!, tf.mul(ahead, 0.5));
          return linear.route({ ...input, parameters: { weight } }, sizes, options);
        },
      }),
      { check: ROUTER_CHECKS[2]!.name, message: "with its experts renumbered, gates differ" },
    ],
    [
      "a parameter that no gradient reaches",
      declaring({
        route: ({ parameters, ...input }, ...rest) =>
          linear.route({ ...input, parameters: { weight: detach(parameters["weight"]!) } }, ...rest),
      }),
      { check: ROUTER_CHECKS[3]!.name, message: "no gradient reaches layers.0.router.weight" },
    ],
    [
      "another result when it is compiled",
      dodging,
      { check: ROUTER_CHECKS[4]!.name, message: "of the compiled" },
    ],
  ])("%s", async (_, router, { check, message }) => {
    const [finding] = await checkRouter(router, { renormalise: true });
    expect(finding?.message).toContain(message);
    if (check !== undefined) expect(finding?.check).toBe(check);
  });

  it.each([
    [5, "ties that are broken otherwise when it is compiled", dodging, "of the compiled engine is"],
    [
      6,
      "chance of its own",
      scaling(() => 1 + (calls += 1) / 8),
      "a second run of the same step gives another",
    ],
  ] as const)("%i: %s", async (index, _, router, message) => {
    const subject = checkSubject(router, linear.options.parse({}), { eager, compiled });
    if ("message" in subject) throw new Error(subject.message);
    expect((await ROUTER_CHECKS[index]!.run(subject)).join("\n")).toContain(message);
    await subject.dispose();
  });

  it("a router that refuses every small model", async () => {
    const [finding] = await checkRouter(routerCases.find(({ router }) => router.name === "dense")!.router);
    expect(finding).toMatchObject({ check: "accepts a small model" });
    expect(finding?.message).toMatch(/^model\.experts is \d, but the dense router has a single expert/);
  });

  it("options that are refused", async () => {
    expect(await checkRouter(linear, { frozen: "yes" })).toMatchObject([{ check: "accepts its options" }]);
  });

  it("and of a router that is well, nothing", async () => {
    expect(await checkRouter(expertChoice, { scope: "batch" })).toEqual([]);
    // One that uses all that the contract has, shortly written.
    const own = defineRouter({
      name: "own",
      paper: "",
      summary: "",
      causal: true,
      wantsBalanceLoss: true,
      parameters: ({ D, E, initStd }) => ({ weight: { shape: [D, E], std: initStd } }),
      state: ({ E }) => ({ load: { shape: [E], initial: 0 } }),
      noise: ({ B, T, E }) => ({ jitter: { shape: [B * T, E], distribution: "normal" } }),
      matrices: ({ E }) => ({ mean: [E] }),
      flopsPerToken: ({ D, E }) => 2 * D * E,
      route: ({ x, parameters, state, noise }, { K }) => {
        const clean = tf.matMul(x, parameters.weight); // [S, E]
        const logits = noise.jitter === undefined ? clean : tf.add(clean, noise.jitter); // [S, E]
        const routing = linear.route(
          {
            x: logits,
            tokens: x,
            mode: "eval",
            parameters: { weight: tf.eye(logits.shape[1]!) },
            state: {},
            noise: {},
          },
          { B: 1, T: 1, D: 1, E: 1, V: 1, initStd: 1, K },
          { renormalise: false },
        );
        const mean = tf.mean(detach(logits), 0); // [E]
        return { ...routing, state: { load: tf.add(state.load, mean) }, matrices: { mean } };
      },
    });
    expect(await checkRouter(own)).toEqual([]);
  });
});

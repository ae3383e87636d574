/** Routers whose scores are no softmax: sigmoid, sigmoid-bias, sqrt-softplus, group-limited, llama-4, quantile-balancing. */
import { describe, expect, it } from "vitest";
import quantileBalancing from "../../src/routers/balanced/quantile-balancing.ts";
import groupLimited from "../../src/routers/sigmoid/group-limited.ts";
import llama4 from "../../src/routers/sigmoid/llama-4.ts";
import sigmoid from "../../src/routers/sigmoid/sigmoid.ts";
import sigmoidBias from "../../src/routers/sigmoid/sigmoid-bias.ts";
import sqrtSoftplus from "../../src/routers/sigmoid/sqrt-softplus.ts";
import { type Given, identity, matrix, route, rowsOf } from "../support/bodies.ts";
import { engines } from "../support/engines.ts";
import { tinySettings } from "../support/tiny.ts";

const { log, exp } = Math;
const sizes = { B: 1, T: 3, D: 3, E: 4, K: 2, V: 5, initStd: 0.02 };

/** x is the identity, so these are the logits whose sigmoids are the given scores. */
function scored(...scores: readonly (readonly number[])[]): Record<string, Given> {
  const weight = matrix(scores.map((row) => row.map((s) => log(s / (1 - s)))));
  return { x: identity(scores.length), weight };
}
const given = scored([0.2, 0.5, 0.8, 0.5], [0.6, 0.1, 0.3, 0.9], [0.5, 0.5, 0.5, 0.5]);

function close(found: ArrayLike<number> | undefined, wanted: readonly number[]): void {
  expect(found?.length).toBe(wanted.length);
  wanted.forEach((value, i) => expect(found?.[i], `number ${i}`).toBeCloseTo(value, 5));
}

describe.each(engines)("on $name", (engine) => {
  it("sigmoid: the K largest, gates are shares of the chosen sum", async () => {
    const found = await route(engine, sigmoid, sizes, { renormalise: true }, "train", given);
    expect(rowsOf(found["expert"]!, 2)).toEqual([
      [2, 1], // 0.8, and the lower of two 0.5
      [3, 0],
      [0, 1],
    ]);
    close(found["gate"], [0.8 / 1.3, 0.5 / 1.3, 0.9 / 1.5, 0.6 / 1.5, 0.5, 0.5]);
    // Rows sum to 2, 1.9 and 2.
    const probs = [0.1, 0.25, 0.4, 0.25, 0.6 / 1.9, 0.1 / 1.9, 0.3 / 1.9, 0.9 / 1.9, 0.25, 0.25, 0.25, 0.25];
    close(found["probs"], probs);
    const plain = await route(engine, sigmoid, sizes, { renormalise: false }, "train", given);
    close(plain["gate"], [0.8, 0.5, 0.9, 0.6, 0.5, 0.5]);
  });

  it.each([
    // Of 6 choices expert 0 had 2, expert 1 none, 2 one and 3 three; an even load is 1.5.
    ["sign", [-0.01, 0.01, 0.01, 0.39]],
    // 1 - count / 1.5 is -1/3, 1, 1/3, -1.
    ["proportional", [-0.01 / 3, 0.01, 0.01 / 3, 0.39]],
  ] as const)(
    "sigmoid-bias, %s: the bias chooses but does not weigh, and moves against the load",
    async (update, next) => {
      const options = { step: 0.01, update, balanceLoss: false, renormalise: true };
      const bias = { shape: [4], values: [0, 0, 0, 0.4] };
      const found = await route(engine, sigmoidBias, sizes, options, "train", { ...given, bias });
      expect(rowsOf(found["expert"]!, 2)).toEqual([
        [3, 2], // 0.5 + 0.4, 0.8
        [3, 0],
        [3, 0],
      ]);
      close(found["gate"], [0.5 / 1.3, 0.8 / 1.3, 0.9 / 1.5, 0.6 / 1.5, 0.5, 0.5]);
      close(found["state/bias"], next);
    },
  );

  it("sqrt-softplus: scores sqrt(ln(1 + e^logit))", async () => {
    // softplus(ln(e^a - 1)) = a, and the scores are the roots of a.
    const weight = matrix([[1, 4, 0.25, 0.01].map((a) => log(exp(a) - 1))]);
    const options = { step: 0.001, update: "sign", balanceLoss: false, renormalise: true };
    const one = { ...sizes, T: 1, D: 1 };
    const bias = { shape: [4], values: [0, 0, 0, 0] };
    const found = await route(engine, sqrtSoftplus, one, options, "eval", { x: identity(1), weight, bias });
    expect([...found["expert"]!]).toEqual([1, 0]);
    close(found["gate"], [2 / 3, 1 / 3]);
    close(found["probs"], [1 / 3.6, 2 / 3.6, 0.5 / 3.6, 0.1 / 3.6]);
  });

  it("group-limited: experts of the group with the largest sum of its two best", async () => {
    const options = {
      step: 0,
      update: "sign",
      balanceLoss: false,
      renormalise: true,
      groups: 2,
      keptGroups: 1,
    };
    const bias = { shape: [4], values: [0, 0, 0, 0] };
    const found = await route(engine, groupLimited, sizes, options, "train", { ...given, bias });
    // Sums 0.7 and 1.3; 0.7 and 1.2, so that 0.6 of the other group is left out; a tie.
    expect(rowsOf(found["expert"]!, 2)).toEqual([
      [2, 3],
      [3, 2],
      [0, 1],
    ]);
    close(found["gate"], [0.8 / 1.3, 0.5 / 1.3, 0.9 / 1.2, 0.3 / 1.2, 0.5, 0.5]);
    // Neither the best expert (0.9) nor the largest sum of three (1.16 to 1.15) decides: 0.9 + 0.14 < 0.6 + 0.5.
    const six = { ...sizes, T: 1, D: 1, E: 6 };
    const wide = {
      ...scored([0.9, 0.14, 0.12, 0.6, 0.5, 0.05]),
      bias: { shape: [6], values: Array(6).fill(0) as number[] },
    };
    expect([...(await route(engine, groupLimited, six, options, "eval", wide))["expert"]!]).toEqual([3, 4]);
  });

  it("llama-4: the sigmoid of the largest logit as it is", async () => {
    const found = await route(engine, llama4, { ...sizes, K: 1 }, { experts: 1 }, "train", given);
    expect([...found["expert"]!]).toEqual([2, 3, 0]);
    close(found["gate"], [0.8, 0.9, 0.5]);
  });

  it("quantile-balancing: the next bias would have made this batch even, and does", async () => {
    const four = { B: 1, T: 4, D: 4, E: 2, K: 1, V: 5, initStd: 0.02 };
    const tokens = scored([0.9, 0.5], [0.8, 0.6], [0.7, 0.1], [0.4, 0.3]);
    const options = { renormalise: false };
    const zero = { shape: [2], values: [0, 0] };
    const first = await route(engine, quantileBalancing, four, options, "train", { ...tokens, bias: zero });
    expect([...first["expert"]!]).toEqual([0, 0, 0, 0]);
    // Thresholds, the second of each: 0.5 0.6 0.1 0.3. Over them, expert 0 has 0.4 0.2 0.6 0.1, and half way between its second and third: 0.3;
    // expert 1 has zeros. So b = [-0.3, 0], less its mean.
    close(first["state/bias"], [-0.15, 0.15]);
    const bias = { shape: [2], values: first["state/bias"]! };
    const second = await route(engine, quantileBalancing, four, options, "train", { ...tokens, bias });
    expect([...second["expert"]!]).toEqual([0, 1, 0, 1]);
    close(second["gate"], [0.9, 0.6, 0.7, 0.3]);
  });
});

describe("what they can't have", () => {
  const { model, data } = tinySettings({}); // 4 experts, top 2
  const paths = (problems: readonly { path: string }[]): string[] => problems.map(({ path }) => path);

  it("group-limited: uneven groups, more kept than there are, too few experts in those kept", () => {
    const of = (groups: number, keptGroups: number) =>
      paths(groupLimited.problems({ groups, keptGroups, renormalise: true }, model, data));
    expect(of(2, 1)).toEqual([]);
    expect(of(3, 2)).toEqual(["router.options.groups"]);
    expect(of(2, 3)).toEqual(["router.options.keptGroups"]);
    expect(of(4, 1)).toEqual(["router.options.keptGroups"]);
  });

  it("all experts of all, which nothing could balance; renormalised gates of one", () => {
    const all = { ...model, topK: 4 };
    expect(paths(quantileBalancing.problems({ renormalise: true }, all, data))).toEqual(["model.topK"]);
    const one = { ...model, topK: 1 };
    for (const router of [sigmoid, sigmoidBias, sqrtSoftplus, quantileBalancing]) {
      expect(paths(router.problems({ renormalise: true }, one, data)), router.name).toEqual(["model.topK"]);
      expect(paths(router.problems({ renormalise: false }, one, data)), router.name).toEqual([]);
    }
    expect(llama4.problems({}, one, data)).toEqual([]);
  });

  it("a balance loss only where it is asked for", () => {
    for (const router of [sigmoidBias, sqrtSoftplus, groupLimited]) {
      expect([true, false].map((balanceLoss) => router.wantsBalanceLoss({ balanceLoss }))).toEqual([
        true,
        false,
      ]);
    }
  });
});

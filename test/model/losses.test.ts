import { describe, expect, it } from "vitest";
import { balanceLoss, countAssignments, expertsPerToken, zLoss } from "../../src/model/losses.ts";
import type { Assignment } from "../../src/model/router.ts";
import { integers, matrix, runBody } from "../support/bodies.ts";
import { eager, engines } from "../support/engines.ts";
import type { Engine } from "../../src/engine/types.ts";

const { log } = Math;

async function balance(engine: Engine, counts: number[], probs: number[][]): Promise<number> {
  const given = { counts: { shape: [counts.length], values: counts }, probs: matrix(probs) };
  const { loss } = await runBody(engine, given, (inputs) => ({
    loss: balanceLoss(inputs["counts"]!, inputs["probs"]!),
  }));
  return loss![0]!;
}

/** The balance loss of Switch Transformer, arXiv 2101.03961, equation 4. */
describe.each(engines)("balance loss on $name", (engine) => {
  it("is 1 at perfect balance", async () => {
    // f = P = 1/4: 4 * 4 * 1/4 * 1/4 = 1, whatever the number of assignments.
    const even = [0.25, 0.25, 0.25, 0.25];
    expect(await balance(engine, [3, 3, 3, 3], [even, even, even])).toBeCloseTo(1, 6);
    // Tokens may disagree as long as their means do not: P = [1/2, 1/2].
    expect(await balance(engine, [5, 5], [[0.9, 0.1], [0.1, 0.9]])).toBeCloseTo(1, 6); // prettier-ignore
  });

  it("is E when one expert takes all with certainty", async () => {
    // f = P = [0, 1, 0]: 3 * 1 * 1.
    expect(await balance(engine, [0, 8, 0], [[0, 1, 0], [0, 1, 0]])).toBeCloseTo(3, 6); // prettier-ignore
  });

  it("is E sum f P in between", async () => {
    // f = [3, 1] / 4; P = mean of [.8, .2] and [.6, .4] = [.7, .3]: 2 (.75 * .7 + .25 * .3) = 1.2.
    expect(await balance(engine, [3, 1], [[0.8, 0.2], [0.6, 0.4]])).toBeCloseTo(1.2, 6); // prettier-ignore
  });

  it("is a number, 0, when nothing was assigned", async () => {
    expect(await balance(engine, [0, 0], [[0.5, 0.5]])).toBe(0);
  });
});

/** The z loss of ST-MoE, arXiv 2202.08906, equation 5. */
it.each(engines)("z-loss on $name is the mean square of logsumexp", async (engine) => {
  const z = async (rows: number[][]): Promise<number> =>
    (await runBody(engine, { logits: matrix(rows) }, ({ logits }) => ({ z: zLoss(logits!) })))["z"]![0]!;
  // logsumexp of E zeros is ln E. There is no K in it.
  expect(await z([[0, 0, 0, 0, 0]])).toBeCloseTo(log(5) ** 2, 5);
  // exp sums to 1 + 3 = 4 and 2 + 2 + ... the mean over the two tokens of (ln 4)^2 and (ln 8)^2.
  expect(await z([[log(1), log(3)], [log(2), log(6)]])).toBeCloseTo((log(4) ** 2 + log(8) ** 2) / 2, 5); // prettier-ignore
  // By log-sum-exp, not exp-then-log: exp(100) overflows in float32.
  expect(await z([[100, 100]])).toBeCloseTo((100 + log(2)) ** 2, 1);
});

describe("countAssignments", () => {
  it("counts each expert's tokens by token choice", async () => {
    const given = { expert: integers([0, 2, 2, 1, 2, 0], [3, 2]), gate: matrix([[1, 1], [1, 1], [1, 1]]) }; // prettier-ignore
    const { counts, unrouted } = await runBody(eager, given, ({ expert, gate }) =>
      countAssignments({ kind: "token-choice", expert: expert!, gate: gate! }, 3, 4),
    );
    expect(Array.from(counts!)).toEqual([2, 1, 3, 0]);
    expect(unrouted![0]).toBe(0);
  });

  it("counts non-zero gates of a dense assignment, and tokens that have none", async () => {
    const gate = matrix([
      [0.5, 0, 0.1],
      [0, 0, 0],
      [0, 0, 0.2],
      [0, 0, 0],
    ]);
    const { counts, unrouted } = await runBody(eager, { gate }, (inputs) =>
      countAssignments({ kind: "dense", gate: inputs["gate"]! }, 4, 3),
    );
    expect(Array.from(counts!)).toEqual([1, 0, 2]);
    expect(unrouted![0]).toBeCloseTo(2 / 4, 6);
  });
});

describe.each(engines)("experts a token on $name", (engine) => {
  const counted = async (
    kind: "token-choice" | "expert-choice" | "dense",
    rows: readonly (readonly number[])[],
    S: number,
    everyExpert?: true,
  ): Promise<number> => {
    const none = integers(new Int32Array(rows.flat().length), [rows.length, rows[0]!.length]);
    const { n } = await runBody(engine, { gate: matrix(rows), expert: none, token: none }, (inputs) => ({
      n: expertsPerToken({ kind, everyExpert, ...inputs } as unknown as Assignment, S),
    }));
    return n![0]!;
  };

  it("are the weights that are not zero, a token", async () => {
    // Three tokens: 3 experts, 2 (one of them with a negative weight), none.
    expect(await counted("dense", [[0.2, 0.5, 0.3], [0, -1, 1], [0, 0, 0]], 3)).toBeCloseTo(5 / 3, 6); // prettier-ignore
    // All are computed where that is asked for.
    expect(await counted("dense", [[0.2, 0.5, 0.3], [0, 0, 1]], 2, true)).toBe(3); // prettier-ignore
    // K = 2, and the second token's second choice was dropped.
    expect(await counted("token-choice", [[0.6, 0.4], [0.7, 0]], 2)).toBeCloseTo(3 / 2, 6); // prettier-ignore
    // Three experts take two of four tokens each.
    expect(await counted("expert-choice", [[1, 1], [1, 1], [1, 1]], 4)).toBeCloseTo(6 / 4, 6); // prettier-ignore
  });
});

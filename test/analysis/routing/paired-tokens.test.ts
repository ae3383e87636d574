/** Pairs of models by token, by hand. */
import { expect, it } from "vitest";
import { pairTokens, type RunTokens } from "../../../src/analysis/routing/paired-tokens.ts";

/** Two sequences of two tokens in domain a, one in b. */
function run(variant: string, lossNats: readonly number[], regrets: RunTokens["regrets"] = []): RunTokens {
  const tokens = {
    domains: ["a", "b"],
    domain: Uint16Array.of(0, 0, 0, 0, 1, 1),
    sequence: Uint32Array.of(0, 0, 1, 1, 2, 2),
    ids: { input: Int32Array.of(1, 2, 3, 4, 5, 6) },
  };
  return { variant, seed: 1, tokens, lossNats: Float32Array.from(lossNats), regrets };
}

it("differ by means within sequences, whose spread is the interval's", () => {
  const rows = pairTokens(run("new", [2, 4, 1, 1, 3, 1]), run("old", [1, 1, 1, 1, 1, 2]))!;
  // Differences 1 3 | 0 0 | 2 -1: means 2, 0, 1/2, of which the mean is 5/6.
  const [all, a, b] = rows;
  expect(all).toMatchObject({ variant: "new", baseline: "old", layer: null, sequences: 3, tokens: 6 });
  expect(all!.difference).toBeCloseTo(5 / 6, 6);
  // Deviations 7/6, -5/6, -1/3; their squares sum to 78/36; t of 2 degrees at 97.5 % is 4.3027.
  const half = 4.3027 * Math.sqrt(78 / 36 / 2 / 3);
  expect(all!.high! - all!.difference).toBeCloseTo(half, 3);
  expect(all!.difference - all!.low!).toBeCloseTo(half, 3);
  expect([a!.domain, a!.difference, a!.sequences]).toEqual(["a", 1, 2]);
  // One sequence has no spread.
  expect(b).toMatchObject({ domain: "b", difference: 0.5, low: null, high: null, sequences: 1, tokens: 2 });
});

it("compare regrets at the tokens and layers that both were asked at", () => {
  const regret = (layer: number, token: number, toBest: number, toMean = 0) => ({
    layer,
    token,
    toBest,
    toMean,
  });
  const losses = [1, 1, 1, 1, 1, 1];
  const rows = pairTokens(
    run("new", losses, [regret(1, 0, 3), regret(1, 2, 1, -1), regret(0, 1, 9)]),
    run("old", losses, [regret(1, 0, 1), regret(1, 2, 1, 1), regret(1, 4, 7)]),
  )!;
  const all = rows.filter(({ domain, layer }) => domain === "all" && layer !== null);
  expect(all.map(({ layer, measure, difference, tokens }) => [layer, measure, difference, tokens])).toEqual([
    [1, "regret_to_best", 1, 2],
    [1, "regret_to_mean", -1, 2],
  ]);
});

it("are none of models that were asked on other tokens", () => {
  const other = run("old", [1, 1, 1, 1, 1, 1]);
  const moved = { ...other, tokens: { ...other.tokens, ids: { input: Int32Array.of(1, 2, 3, 4, 5, 7) } } };
  expect(pairTokens(run("new", [1, 1, 1, 1, 1, 1]), moved)).toBeNull();
});

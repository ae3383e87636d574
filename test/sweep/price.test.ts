import { expect, test } from "vitest";
import { secondsAt } from "../../src/sweep/price.ts";
import { runBytes, runFlops } from "../../src/sweep/run-cost.ts";
import { planOf, settingsOf } from "../support/runs.ts";

const settings = settingsOf(200);
const plan = planOf(1, {
  ...settings,
  data: { ...settings.data, batchSequences: 10, sequenceLength: 10, validationTokens: 5000 },
  training: { ...settings.training, steps: 200, evaluateEvery: 100, evaluationTokens: 1000 },
});

test("a run's FLOPs: three passes over training tokens, one over evaluated ones", () => {
  // 200 steps of 100 tokens, one evaluation between, one full at the end; 200 FLOPs a token forward.
  expect(runFlops({ plan })).toBe((3 * 200 * 100 + 1000 + 5000) * 200);
});

test("a run that is measured against its frozen parent has that one's forward pass too", () => {
  const { identity } = plan;
  const objective = { name: "dpo", options: { beta: 0.1 } } as const;
  const dpo = { ...plan, identity: { ...identity, settings: { ...identity.settings, objective } } };
  expect(runFlops({ plan: dpo })).toBe((4 * 200 * 100 + 1000 + 5000) * 200);
});

test("a slower variant is priced by its FLOPs", () => {
  // The measured one trains 1000 tokens/s at half the FLOPs: this one trains 500.
  const seconds = secondsAt({ plan }, { trainTokensPerSecond: 1000, trainFlopsPerToken: 300 });
  // Training 20 000 tokens takes 40 s, evaluating 6 000 a third of their 12 s; and 2 s to start.
  expect(seconds).toBeCloseTo(40 + 4 + 2, 10);
  // 100 parameters of 4 bytes, 200 rows of 110; with those of 1, 10, 20 and 40 % five times the parameters.
  expect(runBytes({ plan }, false)).toBe(400 + 22_000);
  expect(runBytes({ plan }, true)).toBe(5 * 400 + 22_000);
});

// With moe-lab installed beside it: node --test NAME.test.EXTENSION (TypeScript: Node 22.18 or newer).
import assert from "node:assert/strict";
import { test } from "node:test";
import { callRouter, checkRouter } from "moe-lab";
import router from "./router.js";

test("keeps the contract", async () => {
  assert.deepEqual(await checkRouter(router), []);
});

test("routes one token as worked out by hand", async () => {
  const { gates } = await callRouter(router, {
    x: [[1, 0]], // one token, D = 2
    experts: 3,
    topK: 2,
    parameters: { weight: [[4, 2, 0], [0, 0, 0]] }, // prettier-ignore
    options: { temperature: 2 },
  });
  // Logits 4, 2, 0 over 2 are 2, 1, 0; of the two largest softmax gives 1 / (1 + exp(-1)) and the rest.
  const first = 1 / (1 + Math.exp(-1));
  const wanted = [first, 1 - first, 0];
  for (const [expert, gate] of wanted.entries())
    assert.ok(Math.abs((gates[0]?.[expert] ?? NaN) - gate) < 1e-6);
});

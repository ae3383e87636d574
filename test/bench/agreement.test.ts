import { describe, expect, it } from "vitest";
import { compareSteps } from "../../bench/agreement.mjs";

const first = { loss: 5, balance: 1, z: 4, gradient_norm: 2 };
const second = { loss: 4, balance: 1, z: 4, gradient_norm: 2 };

describe("compareSteps", () => {
  it("gives relative differences of the first step, and of the second step's loss", () => {
    const found = compareSteps(
      [first, second],
      [
        { ...first, loss: 5.00025, gradient_norm: 1.9999 },
        { ...second, loss: 4.0002 },
      ],
    );
    expect(found.loss).toBeCloseTo(5e-5, 10); // 0.00025 / 5
    expect(found.gradient_norm).toBeCloseTo(5e-5, 10); // 0.0001 / 2
    expect(found.second_loss).toBeCloseTo(5e-5, 10); // 0.0002 / 4
    expect(found).toMatchObject({ balance: 0, z: 0, agrees: true });
  });

  it.each([
    ["the loss", { loss: 5.0006 }, {}],
    ["the balance", { balance: 1.0002 }, {}],
    ["z", { z: 4.0005 }, {}],
    ["the gradient norm", { gradient_norm: 2.0003 }, {}],
    ["the loss after AdamW", {}, { loss: 4.0005 }],
    ["a loss that is not a number", { loss: NaN }, {}],
    ["a number that the other has not", { z: null }, {}],
  ])("refuses a difference of %s", (_, ofFirst, ofSecond) => {
    const found = [
      { ...first, ...ofFirst },
      { ...second, ...ofSecond },
    ];
    expect(compareSteps([first, second], found).agrees).toBe(false);
  });

  it("agrees where neither has a number", () => {
    const without = [
      { ...first, balance: null, z: null },
      { ...second, balance: null, z: null },
    ];
    expect(compareSteps(without, without)).toMatchObject({ balance: null, z: null, agrees: true });
  });
});

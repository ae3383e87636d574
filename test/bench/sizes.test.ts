import { expect, it } from "vitest";
import { flopsOf, multipliesOf, SIZES } from "../../bench/sizes.mjs";
import { DEFAULTS } from "../../src/config/defaults.ts";
import { costOf } from "../../src/model/cost.ts";
import { modelSpec } from "../../src/model/spec.ts";
import { shippedRouters } from "../../src/routers/index.ts";

/** Of the attention router, what is no matrix multiplication: E x E products, softmax and sums for each token. */
const besides = { linear: () => 0, attention: (E: number) => 6 * E * E };

it.each(Object.entries(SIZES))(
  "%s: three times the forward FLOPs of model/cost.ts, without masked keys",
  (_, size) => {
    for (const [name, other] of Object.entries(besides)) {
      const router = shippedRouters.get(name)!;
      const settings = {
        ...DEFAULTS,
        model: { ...DEFAULTS.model, ...size },
        router: { name, options: router.options.parse({}) },
        data: { ...DEFAULTS.data, batchSequences: size.sequences, sequenceLength: size.positions },
      };
      const forward = costOf(modelSpec(settings, router, size.vocabulary)).forwardFlopsPerToken;
      const tokens = size.sequences * size.positions;
      // cost.ts counts all T keys of a query; it sees (T + 1) / 2 on average. Each costs 2 D for its score and 2 D for its value.
      const masked = 4 * size.width * (size.positions - Math.ceil((size.positions + 1) / 2));
      const expected = 3 * tokens * (forward - size.layers * (other(size.experts) + masked));
      expect(flopsOf(multipliesOf(size, name))).toBe(expected);
    }
  },
);

it("deals out rows that do not divide evenly, without losing any", () => {
  const multiplies = multipliesOf({ ...SIZES.nano, experts: 6, layers: 1 }, "linear");
  const rows = multiplies.filter(({ name }) => name === "down").map(({ m }) => m);
  expect(rows).toHaveLength(6);
  expect(rows.reduce((sum, m) => sum + m, 0)).toBe(16 * 64 * 2);
  expect(Math.max(...rows) - Math.min(...rows)).toBe(1);
});

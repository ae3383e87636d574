/** Regret by hand. */
import { expect, it } from "vitest";
import { matchExperts } from "../../../src/analysis/routing/match-experts.ts";
import { streamOf } from "../../../src/core/streams.ts";
import { allRoutes, drawnRoute, regretMeasures, tokenRegret } from "../../../src/analysis/routing/regret.ts";

it("of two tokens: to the best, to the mean, in the best quarter, and where the router stands", () => {
  const token = { domain: "a", confidence: 0.1 };
  const rows = regretMeasures(3, [
    // Mean 2.5, best 1: the chosen route is second of four.
    { ...token, chosenNats: 2, routesNats: [4, 2, 1, 3] },
    // Mean 2, best 1: the best itself.
    { ...token, domain: "b", confidence: 0.9, chosenNats: 1, routesNats: [1, 2, 2, 3] },
  ]);
  const at = (measure: string, domain = "all") =>
    rows.find((row) => row.measure === measure && row.domain === domain)!;
  expect(at("regret_to_best").value).toBe((1 + 0) / 2);
  expect(at("regret_to_best").chance).toBe((1.5 + 1) / 2); // of a random route
  expect(at("regret_to_mean").value).toBe((-0.5 - 1) / 2);
  // One of four routes is a quarter: only the best is in it.
  expect(at("route_in_best_quarter")).toMatchObject({ value: 0.5, chance: 0.25 });
  // (2.5 - 2) + (2 - 1) of (2.5 - 1) + (2 - 1).
  expect(at("route_standing").value).toBeCloseTo(1.5 / 2.5, 12);
  expect(at("route_standing", "b").value).toBe(1);
  expect(at("route_standing", "confidence under 25 %").value).toBeCloseTo(0.5 / 1.5, 12);
  expect(at("route_standing", "confidence over 75 %").value).toBe(1);
  expect(new Set(rows.map(({ layer }) => layer))).toEqual(new Set([3]));
});

it("the best in hindsight stands at 1, a random route at 0 on average, the worst below", () => {
  const routesNats = [1, 2, 4, 5];
  const stands = routesNats.map(
    (chosenNats) =>
      regretMeasures(0, [{ domain: "a", confidence: 0, chosenNats, routesNats }]).find(
        ({ measure }) => measure === "route_standing",
      )!.value,
  );
  expect(stands).toEqual([1, 0.5, -0.5, -1]);
});

it("of drawn routes: the best of all that are known, the mean of even draws alone", () => {
  const token = { domain: "a", confidence: 0, chosenNats: 2, routesNats: [4, 3, 3, 2.5], likelyNats: [1, 6] };
  expect(tokenRegret(token)).toEqual({ toBest: 1, toMean: 2 - 12.5 / 4 });
  // A route that nothing drawn beats is the best that is known.
  expect(tokenRegret({ ...token, likelyNats: [] }).toBest).toBe(0);
  const row = regretMeasures(0, [token]).find(({ measure }) => measure === "route_in_best_quarter")!;
  // None of four is better; a random route would be first among five.
  expect([row.value, row.chance]).toEqual([1, 1 / 5]);
});

it("routes are all of them, each once, or none where they are too many", () => {
  expect(allRoutes(4, 2, 500)).toEqual([
    [0, 1],
    [0, 2],
    [0, 3],
    [1, 2],
    [1, 3],
    [2, 3],
  ]);
  expect(allRoutes(8, 2, 500)).toHaveLength(28);
  expect(allRoutes(3, 1, 500)).toEqual([[0], [1], [2]]);
  expect(allRoutes(64, 8, 500)).toBeNull(); // 4 426 165 368
  expect(allRoutes(32, 2, 495)).toBeNull(); // 496
  expect(allRoutes(32, 2, 496)).toHaveLength(496);
});

it("routes are drawn expert by expert in proportion to the probabilities, none twice", () => {
  const [p, stream] = [[0.6, 0.3, 0.1, 0], streamOf(0, "test", "routes")];
  const counts = new Map<string, number>();
  for (let draw = 0; draw < 4000; draw++) {
    const route = drawnRoute({ E: 4, K: 2 }, (e) => Math.log(p[e]!), stream);
    counts.set(route.join(), (counts.get(route.join()) ?? 0) + 1);
  }
  const share = (route: string): number => (counts.get(route) ?? 0) / 4000;
  // 0 first, then 1 of what is left: 0.6 * 0.3 / 0.4; the standard error of a share is at most 0.008.
  expect(Math.abs(share("0,1") - (0.6 * 0.3) / 0.4)).toBeLessThan(0.03);
  expect(Math.abs(share("1,0") - (0.3 * 0.6) / 0.7)).toBeLessThan(0.03);
  expect(Math.abs(share("2,1") - (0.1 * 0.3) / 0.9)).toBeLessThan(0.03);
  // An expert of no probability is never drawn before the others are.
  expect([...counts.keys()].filter((route) => route.includes("3"))).toEqual([]);
});

it("experts are matched by the tokens that both were given, each once", () => {
  // Expert 0 of the other did most with 1 of ours; its 2 shares 4 with that one too, and takes what is left.
  const together = Float64Array.of(0, 5, 1, 9, 0, 4, 2, 3, 0);
  expect([...matchExperts(together, 3)]).toEqual([1, 0, 2]);
});

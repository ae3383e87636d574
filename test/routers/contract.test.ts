/** What any router must pass, whatever it does; test/check has what each check notices. */
import { expect, it } from "vitest";
import { drawSettings, VOCABULARY } from "../../src/check/models.ts";
import { examineRouter } from "../../src/check/check-router.ts";
import { rowsOf } from "../../src/check/numbers.ts";
import { runStep, withZeroRouter } from "../../src/check/steps.ts";
import { NAMES } from "../../src/model/programs.ts";
import { modelSpec } from "../../src/model/spec.ts";
import { compiled, eager } from "../support/engines.ts";
import { describeRouters, routerCases } from "../support/router-cases.ts";

/** Learned by nothing, or with experts that are not alike: a renumbering has nothing to renumber. */
const FIXED = ["dense", "hash", "oracle", "group-limited", "self-routing", "round-robin", "base-layer"];
/** Where all scores are tied, noise, room or the number of experts decides. */
const NOT_BY_SCORE_ALONE = [
  "noisy-top-k",
  "switch",
  "gshard",
  "top-p",
  "dynamic-top-p",
  "seq-top-k",
  "zero-experts",
];
const engines = { eager, fast: compiled };

describeRouters(routerCases, ({ router, options, model }) => {
  it("passes every check, and is asked all of them unless it is fixed", async () => {
    const { findings, passed, skipped } = await examineRouter({
      router,
      options,
      needs: [{ model }],
      engines,
    });
    expect(findings).toEqual([]);
    expect(passed.length).toBeGreaterThanOrEqual(14);
    const notAsked = [FIXED.includes(router.name), !router.tokenwise(options)].filter(Boolean);
    expect(skipped).toHaveLength(notAsked.length);
  });

  const isByScore = router.wantsBalanceLoss(options) && !NOT_BY_SCORE_ALONE.includes(router.name);
  it.runIf(isByScore)("chooses by score: a tie goes to the lower index", async () => {
    const drawn = drawSettings(router, options, [{ model }]);
    if ("problems" in drawn) throw new Error("no model");
    for (const settings of drawn.settings.slice(0, 2)) {
      const spec = modelSpec(settings, router, VOCABULARY);
      const step = await runStep(spec, engines);
      if (!("spec" in step)) throw new Error(step[0]?.message);
      const { B, T, E, K } = spec.sizes;
      const outputs = await step.fast.run(withZeroRouter(step.feeds));
      // The first K take every token.
      const counts = Array.from({ length: E }, (_, e) => (e < K ? B * T : 0));
      for (const row of rowsOf(outputs[NAMES.counts]!, E)) expect(row).toEqual(counts);
      await step.fast.dispose();
    }
  });
});

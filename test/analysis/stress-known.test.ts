/** What the lab must see in the committed run of the stress suite, because the tasks' right routing is known. */
import { describe, expect, it } from "vitest";
import { stressAnswer } from "../../src/analysis/stress.ts";
import { readExperimentFiles } from "../../src/store/experiment-files.ts";

const { rows } = stressAnswer(readExperimentFiles("results/stress"));
const of = (task: string, arm: string) => rows.find((row) => row.task === task && row.arm === arm)!;

describe("where the token decides", () => {
  it("a hash of the token is as good as the oracle, and at the optimum", () => {
    const [hash, oracle] = [of("token-rule", "hash"), of("token-rule", "oracle")];
    expect(hash.row.comparison?.verdict).toBe("equivalent");
    expect(oracle.row.comparison?.verdict).toBe("equivalent");
    expect(hash.regretNats!.low!).toBeLessThan(oracle.regretNats!.high!);
    expect(oracle.regretNats!.low!).toBeLessThan(hash.regretNats!.high!);
    expect(hash.labelShare!.mean).toBeGreaterThan(0.99);
  });
});

describe("where nothing decides", () => {
  it.each(["linear", "attention", "hash", "redraw", "oracle", "dense"])("%s is as good as frozen", (arm) => {
    expect(of("recall", arm).row.comparison?.verdict).toBe("equivalent");
  });
});

describe.each(["hidden-regimes", "header-rule", "rule-dial"])("where context decides: %s", (task) => {
  it("the oracle is far better than frozen routing, and drawing anew is worse", () => {
    expect(of(task, "oracle").row.comparison?.verdict).toBe("better");
    expect(of(task, "redraw").row.comparison?.verdict).toBe("worse");
  });
  it("what sees no label has none: drawn anew knows nothing, the oracle everything", () => {
    expect(of(task, "oracle").labelShare!.mean).toBeGreaterThan(0.99);
    expect(Math.abs(of(task, "redraw").labelShare!.mean)).toBeLessThan(0.01);
  });
});

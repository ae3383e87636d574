/**
 * Whether a router's declared causality is true, by many random draws: change everything but the first tokens of a
 * sequence, and see whether the model's logits at these move. Every router in both directions.
 */
import { expect, it } from "vitest";
import { streamOf } from "../../src/core/streams.ts";
import { NAMES } from "../../src/model/programs.ts";
import { modelSpec } from "../../src/model/spec.ts";
import { logitsProgram } from "../support/bodies.ts";
import { compiled } from "../support/engines.ts";
import { describeRouters, type RouterCase, routerCases, trainState } from "../support/router-cases.ts";
import { programFeeds, TINY_V, tinySettings } from "../support/tiny.ts";

const DRAWS = 120;
/** Rounding may move a logit (of order 1) by a few 1e-7, as groups of rows change; another expert moves it by 1e-2. */
const NOISE = 1e-5;

interface Probe {
  /** Largest change of a logit that must not know of the change of tokens, over all draws. */
  readonly largest: number;
  /** Share of draws in which some logit changed. */
  readonly share: number;
  /** Assignments of all experts, over all draws. */
  readonly assignments: number;
}

/** Logits at positions 0..t of sequence 0, before and after all other tokens are drawn again. */
async function probe({ router, options, model }: RouterCase, mode: "eval" | "causal-eval"): Promise<Probe> {
  const settings = tinySettings({ router: { name: router.name, options }, model });
  const { sequenceLength: T, batchSequences: B } = settings.data;
  const program = logitsProgram(modelSpec(settings, router, TINY_V), mode);
  const executable = await compiled.compile(program);
  const stream = streamOf(0, "causality");
  const tokens = (): Int32Array => Int32Array.from({ length: B * T }, () => stream.integer(TINY_V));
  let feeds = programFeeds(program, modelSpec(settings, router, TINY_V), 0);
  let [largest, moved, assignments] = [0, 0, 0];
  for (let draw = 0; draw < DRAWS; draw++) {
    if (draw % 20 === 0) feeds = programFeeds(program, modelSpec(settings, router, TINY_V), draw);
    trainState(feeds);
    const kept = 1 + stream.integer(T - 1);
    const [before, after] = [tokens(), tokens()];
    after.set(before.subarray(0, kept));
    const a = await executable.run({ ...feeds, [NAMES.inputs]: before });
    const b = await executable.run({ ...feeds, [NAMES.inputs]: after });
    const change = Math.max(
      ...Array.from({ length: kept * TINY_V }, (_, i) => Math.abs(a["logits"]![i]! - b["logits"]![i]!)),
    );
    // The rest did change, so that the probe is able to see something.
    expect(a["logits"]!.some((value, i) => Math.abs(value - b["logits"]![i]!) > 1e-3)).toBe(true);
    largest = Math.max(largest, change);
    if (change > NOISE) moved += 1;
    for (let layer = 0; layer < settings.model.layers; layer++) {
      for (const count of a[`counts/${layer}`]!) assignments += count;
    }
  }
  await executable.dispose();
  return { largest, share: moved / DRAWS, assignments };
}

const causal = routerCases.filter(({ router, options }) => router.causal(options));
const seeing = routerCases.filter(({ router, options }) => !router.causal(options));

describeRouters(causal, (one) => {
  it("declared causal, never lets the future in", async () => {
    expect(await probe(one, "eval")).toMatchObject({ share: 0 });
  });
});

describeRouters(seeing, (one) => {
  it("declared not causal, is caught by the probe", async () => {
    const { largest, share } = await probe(one, "eval");
    expect(largest).toBeGreaterThan(1e-2);
    expect(share).toBeGreaterThan(0.1);
  });

  it("is causal in causal evaluation, with some tokens taken and some left", async () => {
    const { share, assignments } = await probe(one, "causal-eval");
    expect(share).toBe(0);
    // 2 layers, 12 tokens, 4 experts.
    const all = DRAWS * 2 * 12 * 4;
    expect(assignments).toBeGreaterThan(0.1 * all);
    expect(assignments).toBeLessThan(0.9 * all);
  });
});

it("there are routers of both kinds", () => {
  expect(causal.length).toBeGreaterThan(0);
  expect(seeing.length).toBeGreaterThan(0);
});

import { Writable } from "node:stream";
import stringWidth from "string-width";
import { describe, expect, test } from "vitest";
import { aboutDuration, formatCount, formatDuration } from "../../src/cli/format.ts";
import { makeDisplay } from "../../src/cli/progress.ts";
import { plural } from "../../src/core/plural.ts";
import type { RunInfo } from "../../src/sweep/run-info.ts";

const runOf = (variant: string): RunInfo => ({
  ...{ name: `${variant}-s1-0`, variant, seed: 1 },
  ...{ flops: 100, steps: 10, tokensPerStep: 1024 },
});

describe("progress without a terminal", () => {
  const training = (run: RunInfo, step: number) =>
    ({
      type: "progress",
      run,
      progress: { phase: "training", step, steps: 10, trainLossNats: 2.5, tokensPerSecond: 1500 },
    }) as const;

  test("a line at intervals and at every end, with the time left from the work done here", () => {
    let seconds = 0;
    let text = "";
    const [a, b] = [runOf("linear"), runOf("attention")];
    const display = makeDisplay(
      [a, b],
      (more) => void (text += more),
      null,
      () => seconds,
    );
    const printed = (): string => {
      const now = text;
      text = "";
      return now;
    };
    // Half of run a stands in a checkpoint: it counts as done, but took no time.
    display.show({ type: "started", run: a, step: 5 });
    seconds = 10;
    display.show(training(a, 6));
    expect(printed()).toBe("");
    seconds = 20;
    display.show(training(a, 7));
    // 20 of 200 took 20 s; 130 are left.
    expect(printed()).toBe(
      "linear s1: step 7 of 10, loss 2.500, 1.50 k tokens/s (0 of 2 runs ended, 35 %, about 2 min left)\n",
    );
    seconds = 50;
    display.show(training(a, 10));
    printed();
    display.show({ type: "ended", run: a, end: { status: "finished", reused: false } });
    // 50 of 200 took 50 s; 100 are left.
    expect(printed()).toBe("linear s1: finished (1 of 2 runs ended, 50 %, about 2 min left)\n");
    display.show({ type: "output", run: b, line: "Tensor" });
    expect(printed()).toBe("attention s1: Tensor\n");
    display.show({
      type: "ended",
      run: b,
      end: { status: "failed", message: "NaN at step 3", hint: "Try less." },
    });
    expect(printed()).toBe("attention s1: failed: NaN at step 3. Try less. (2 of 2 runs ended, 100 %)\n");
  });
});

describe("bars", () => {
  /** What stands on a terminal of some columns after forty runs have begun, and one of them has failed. */
  function drawn(columns: number): { readonly lines: string[]; readonly bars: string[] } {
    const chunks: string[] = [];
    const sink = new Writable({
      write: (chunk: Buffer, _, done) => {
        chunks.push(chunk.toString("utf8"));
        done();
      },
    });
    const stream = Object.assign(sink, { isTTY: true, columns, rows: 50 });
    const runs = Array.from({ length: 40 }, (_, index) => ({
      ...runOf(index === 1 ? "attention-matched-nobalance-with-a-very-long-name" : `v${index}`),
      name: `run ${index}`,
    }));
    const display = makeDisplay(runs, () => undefined, stream as unknown as NodeJS.WriteStream);
    for (const run of runs) {
      const progress = {
        phase: "training",
        step: 5,
        steps: 10,
        trainLossNats: 2.5,
        tokensPerSecond: 61_900,
      } as const;
      display.show({ type: "progress", run, progress });
    }
    const end = {
      status: "failed",
      message: "the loss is not finite",
      hint: "Lower training.learningRate.",
    } as const;
    display.show({ type: "ended", run: runs[1]!, end });
    display.close();
    const lines = chunks
      .join("")
      // eslint-disable-next-line no-control-regex
      .split(/\u001b\[[\d;?]*[A-Za-z]|\n|\r/)
      .filter((text) => text !== "");
    // A bar that has not changed is not written again.
    const bars = lines.filter((text) => /\[[#-]+\] /.test(text));
    return { lines, bars: [...new Map(bars.map((text) => [text.split(" [")[0]!.trim(), text])).values()] };
  }

  test.each([80, 200])(
    "of forty runs at a time are an overview, and no line of %d columns is longer",
    (columns) => {
      const { lines, bars } = drawn(columns);
      expect(lines.filter((text) => stringWidth(text) >= columns)).toEqual([]);
      // All runs, seven of the eight that had bars, and those beyond.
      expect(bars).toHaveLength(9);
      expect(bars.find((text) => text.startsWith("all"))).toMatch(/^all runs +\[#+-*\] 1 of 40 runs ended/);
      expect(bars.find((text) => text.includes("more"))).toMatch(/^32 more runs +\[#+-+\] on average$/);
      expect(lines.join(" ")).toContain("failed: the loss is not finite");
    },
  );
});

test("why a run does not go on from its checkpoint", () => {
  let text = "";
  const run = runOf("linear");
  const display = makeDisplay(
    [run],
    (more) => void (text += more),
    null,
    () => 0,
  );
  display.show({ type: "started", run, step: 0, notes: ["the checkpoint at step 5 is damaged"] });
  display.show({ type: "started", run, step: 2, notes: ["the checkpoint at step 5 is damaged"] });
  display.show({ type: "started", run, step: 5 });
  const damaged = "linear s1: the checkpoint at step 5 is damaged\n";
  expect(text).toBe(
    `${damaged}linear s1: it starts from the beginning\n${damaged}linear s1: it goes on from step 2\n`,
  );
});

test("durations", () => {
  const seconds = [0.2, 1, 99, 100, 3569, 3600, 3900, Infinity];
  expect([0.4, 4].map(aboutDuration)).toEqual(["under 1 s", "about 4 s"]);
  expect(seconds.map(formatDuration)).toEqual([
    ...["under 1 s", "1 s", "99 s", "2 min", "59 min", "1 h 00 min", "1 h 05 min", "?"],
  ]);
});

test("counts", () => {
  expect([0, 999, 1000, 45_312, 999_600, 3.5e6, 1.92e9].map(formatCount)).toEqual([
    ...["0", "999", "1.00 k", "45.3 k", "1.00 M", "3.50 M", "1.92 G"],
  ]);
  expect([plural(1, "run"), plural(2, "run"), plural(0, "process")]).toEqual([
    "1 run",
    "2 runs",
    "0 processes",
  ]);
});

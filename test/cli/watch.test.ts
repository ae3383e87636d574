/** `moe-lab watch` beside runs that this process begins, fails and goes on with; nothing is trained. */
import { readdirSync, statSync, writeFileSync } from "node:fs";
import { request as httpRequest } from "node:http";
import { join } from "node:path";
import { chromium } from "playwright-core";
import { beforeAll, describe, expect, it, onTestFinished } from "vitest";
import { openLive } from "../../src/cli/watch/live.ts";
import { serve } from "../../src/cli/watch/serve.ts";
import { runWatch } from "../../src/cli/watch/watch.ts";
import type { PlannedRun } from "../../src/exec/plan.ts";
import { openRun, type RunWriter } from "../../src/store/write-run.ts";
import { planRequest } from "../../src/sweep/session.ts";
import { requestOf } from "../../src/sweep/run-flags.ts";
import { findChromium, needsChromium } from "../support/chromium.ts";
import { checkpointAt, metricRow, PROVENANCE, temporaryFolder } from "../support/runs.ts";

const EXPERIMENT = {
  name: "tiny",
  base: {
    model: { width: 8, layers: 1, heads: 1, experts: 4, topK: 2, expertWidth: 8 },
    data: { domains: [{ name: "arithmetic" }], sequenceLength: 8, batchSequences: 2, validationTokens: 64 },
    training: { steps: 10, warmupSteps: 2, evaluateEvery: 5, evaluationTokens: 32 },
  },
  seeds: 1,
  baseline: "linear",
  variants: [
    { name: "linear" },
    { name: "hash", varies: ["router"], router: { name: "hash" } },
    { name: "frozen", varies: ["router.options"], router: { options: { frozen: true } } },
  ],
};

const WHY = "step 3: the loss is not finite <b>";
const folder = temporaryFolder();
const file = join(folder, "tiny.json");
const request = requestOf({ out: join(folder, "results") });
let going: RunWriter;

function begin({ plan }: PlannedRun, runsFolder: string): RunWriter {
  const opened = openRun(runsFolder, plan, PROVENANCE);
  if (opened.kind !== "open") throw new Error(opened.kind);
  return opened.run;
}

/** Trains on to a step, as far as files can tell. */
function goOnTo(step: number, from: number): void {
  for (let at = from + 1; at <= step; at += 1) going.appendMetrics(metricRow(at, at === step ? 2.5 : null));
  going.checkpoint(checkpointAt(step));
}

beforeAll(async () => {
  writeFileSync(file, JSON.stringify(EXPERIMENT));
  const { runsAt, runsFolder } = await planRequest(file, request, {
    tell: () => undefined,
    isWritten: false,
  });
  const [linear, hash] = runsAt([1]);
  going = begin(linear!, runsFolder);
  goOnTo(4, 0);
  begin(hash!, runsFolder).end({ status: "diverged", failure: WHY });
});

const stateOf = (text: string) =>
  JSON.parse(text) as {
    revision: string;
    markup: string;
    curves: { series: { name: string }[]; measures: { curves: object }[] };
  };

describe("what a live page knows", () => {
  it("is how runs stand, what fails and why, and the losses up to the newest checkpoint", async () => {
    const live = await openLive(file, request);
    const { revision, markup, curves } = stateOf(live.now());
    expect(markup).toContain("0 of 3 runs finished, 1 running, 1 queued, 1 failed");
    expect(markup).toContain("step 4 of 10, training loss 4.600"); // 5 - step / 10
    expect(markup).toContain("<b>hash s1</b>: step 3: the loss is not finite &lt;b&gt;");
    expect(revision).toBe("-f-");
    expect(curves.series.map(({ name }) => name)).toEqual(["linear s1"]);
    expect(curves.measures.map((measure) => measure.curves)).toEqual([
      { "linear s1": [1, 2, 3, 4].map((step) => [1024 * step, 5 - step / 10, 5 - step / 10, 5 - step / 10]) },
      { "linear s1": [[4096, 2.5, 2.5, 2.5]] },
    ]);
  });

  it("says that others are at work where flags are missing", async () => {
    const live = await openLive(file, { ...request, steps: 20 });
    const words = stateOf(live.now()).markup.replace(/\s+/g, " ");
    expect(words).toContain("0 of 3 runs finished, 0 running");
    expect(words).toContain("1 run beside these is being trained in the same folder");
  });

  it("is nothing for a folder that knows no experiment", async () => {
    await expect(openLive(temporaryFolder(), request)).rejects.toThrow("no experiment file is known");
  });
});

describe("the server", () => {
  /** All files below the folder, with their times. */
  const files = (): string[] =>
    readdirSync(folder, { recursive: true, encoding: "utf8" })
      .map((name) => `${name} ${statSync(join(folder, name)).mtimeMs}`)
      .toSorted();

  /** The status of a request. */
  const ask = (
    url: string,
    method: string,
    headers: Record<string, string> = {},
  ): Promise<number | undefined> =>
    new Promise((resolve, reject) => {
      httpRequest(url, { method, headers }, (response) => resolve(response.resume().statusCode))
        .on("error", reject)
        .end();
    });

  it("reads alone, on the loopback address alone, and ends when it is told to", async () => {
    const before = files();
    const said: string[] = [];
    let end = (): void => undefined;
    const io = { stdout: (text: string) => said.push(text), stderr: () => 0, color: false, columns: 80 };
    const ended = runWatch(
      { target: file, request, port: 0 },
      io,
      () => new Promise((resolve) => (end = resolve)),
    );
    while (said.length === 0) await new Promise((resolve) => setTimeout(resolve, 5));
    const url = said[0]!.trim();
    expect(url).toMatch(/^http:\/\/127\.0\.0\.1:\d+\/$/);
    const page = await (await fetch(url)).text();
    expect(page).toContain("1 running");
    expect(page).toContain("connect-src &#39;self&#39;");
    expect(await ask(`${url}now`, "GET")).toBe(200);
    expect(await ask(url, "POST")).toBe(405);
    expect(await ask(`${url}../../etc/passwd`, "GET")).toBe(404);
    expect(await ask(url, "GET", { Host: "evil.example" })).toBe(403);
    expect(files()).toEqual(before);
    end();
    expect(await ended).toBe(0);
    await expect(fetch(url)).rejects.toThrow();
  });

  it("refuses a port that is taken, and says what to do", async () => {
    const live = { title: "", page: () => Promise.resolve(""), now: () => "" };
    const first = await serve(live, 0);
    onTestFinished(first.close);
    await expect(serve(live, Number(new URL(first.url).port))).rejects.toThrow(
      /EADDRINUSE.*leave --port out/,
    );
  });

  const executable = findChromium();
  it.skipIf(executable === null)(
    `shows in a browser how runs go on, and is asked anew when one ends${needsChromium(executable)}`,
    async () => {
      const server = await serve(await openLive(file, request), 0);
      onTestFinished(server.close);
      const browser = await chromium.launch({ executablePath: executable!, args: ["--no-sandbox"] });
      onTestFinished(() => browser.close());
      const page = await browser.newPage();
      const problems: string[] = [];
      page.on("console", (message) => problems.push(message.text()));
      page.on("pageerror", (error) => problems.push(error.message));
      await page.goto(server.url);
      await page.locator('#live-curves path.curve[data-variant="linear s1"]').waitFor();
      goOnTo(8, 4);
      await page.locator(".bars li", { hasText: "step 8 of 10, training loss 4.200" }).waitFor();
      const loaded = page.waitForEvent("load");
      going.end({ status: "failed", failure: "the machine is on fire" });
      const again = await loaded;
      const failing = again.locator(".failing li", { hasText: "linear s1: the machine is on fire" });
      expect(await failing.count()).toBe(1);
      expect(problems).toEqual([]);
      await server.close();
      await page.locator("#live-said", { hasText: "does not answer" }).waitFor();
    },
  );
});

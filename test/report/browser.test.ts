/** The page in a real browser. MOE_LAB_SCREENSHOTS=<folder> keeps pictures of it to look at. */
import { readFileSync } from "node:fs";
import { createRequire } from "node:module";
import { join } from "node:path";
import { chromium, type Browser, type BrowserContextOptions, type Page } from "playwright-core";
import { mean } from "simple-statistics";
import { afterAll, beforeAll, beforeEach, describe, expect, it } from "vitest";
import { answerOf, type Answer } from "../../src/report/answer.ts";
import { writeReport } from "../../src/report/page/write-report.ts";
import { printCsv } from "../../src/tables/print-data.ts";
import { findChromium, needsChromium } from "../support/chromium.ts";
import { temporaryFolder } from "../support/folder.ts";
import { needsTime, slowTests } from "../support/slow.ts";
import { ELEVEN, madeUpResults, withAnswers } from "./fixture.ts";

const executable = slowTests ? findChromium() : null;
const AXE = createRequire(import.meta.url).resolve("axe-core/axe.min.js");
const EVIL = `<img src=x onerror="document.title='bad'"></script><script>document.title="bad"</script>`;
const SCREENSHOTS = process.env["MOE_LAB_SCREENSHOTS"];

let browser: Browser;
let answer: Answer;
let file: string;

/** What a page said and asked for beside its own file. */
interface Opened {
  readonly page: Page;
  readonly console: string[];
  readonly requests: string[];
}

async function open(options: BrowserContextOptions = {}): Promise<Opened> {
  const context = await browser.newContext({ viewport: { width: 1400, height: 900 }, ...options });
  const page = await context.newPage();
  const opened: Opened = { page, console: [], requests: [] };
  page.on("console", (message) => opened.console.push(message.text()));
  page.on("pageerror", (error) => opened.console.push(error.message));
  page.on("request", (request) => opened.requests.push(request.url()));
  await page.goto(`file://${file}`);
  return opened;
}

beforeAll(async () => {
  if (executable === null) return;
  const folder = temporaryFolder();
  const variants = ELEVEN.slice(0, 4).map((variant, index) =>
    index === 3 ? { ...variant, label: `matched ${EVIL}` } : variant,
  );
  answer = answerOf(withAnswers(madeUpResults(variants, [0, 1, 2])), []);
  file = await writeReport(answer, folder);
  browser = await chromium.launch({ executablePath: executable, args: ["--no-sandbox"] });
});

afterAll(async () => {
  if (executable !== null) await browser.close();
});

describe.skipIf(executable === null)(
  `the page in Chromium${slowTests ? needsChromium(executable) : needsTime}`,
  () => {
    let opened: Opened;
    let page: Page;
    beforeEach(async () => {
      opened = await open();
      page = opened.page;
    });

    it("renders, says nothing on the console, asks for nothing but itself, and obeys no text of a file", async () => {
      expect(await page.locator("h1").textContent()).toContain("Does the attention router beat");
      expect(await page.locator(".interactive svg path.curve").count()).toBe(4);
      expect(await page.locator("table.sortable").first().textContent()).toContain(EVIL);
      expect(await page.title()).not.toBe("bad");
      expect(opened.console).toEqual([]);
      expect(opened.requests).toEqual([`file://${file}`]);
    });

    it("refuses scripts, requests and styles that are not its own", async () => {
      // Text, since nothing here but a browser has a document.
      const refused = await page.evaluate<string[]>(`(async () => {
      const directives = [];
      document.addEventListener("securitypolicyviolation", (event) => directives.push(event.effectiveDirective));
      document.body.insertAdjacentHTML(
        "beforeend",
        '<img src="https://example.invalid/x.png"><b onclick="document.title=1">x</b><style>b{}</style>',
      );
      document.querySelector("b").click();
      await fetch("https://example.invalid/").catch(() => undefined);
      await new Promise((resolve) => setTimeout(resolve, 50));
      return directives.toSorted();
    })()`);
      expect(refused).toEqual(["connect-src", "img-src", "script-src-attr", "style-src-elem"]);
      expect(await page.title()).not.toBe("1");
    });

    it("hides a variant, and remembers that over a reload", async () => {
      const curve = page.locator('.interactive path.curve[data-variant="attention"]');
      const button = page.locator(".legend button", { hasText: /^attention\d/ });
      expect(await button.getAttribute("aria-pressed")).toBe("true");
      await button.click();
      expect(await curve.count()).toBe(0);
      expect(await page.locator(".interactive path.curve[data-variant]").count()).toBe(3);
      await page.reload();
      expect(await button.getAttribute("aria-pressed")).toBe("false");
      await page.getByRole("button", { name: "Show all" }).click();
      expect(await curve.count()).toBe(1);
    });

    it("reads values under the pointer and by the keyboard", async () => {
      const { curves } = answer.results;
      const meanAt = (tokens: number): string =>
        mean(
          curves
            .filter((row) => row.variant === "linear" && row.tokens === tokens)
            .map((row) => row.validationLossNats!),
        ).toFixed(4);
      const value = page.locator(".legend button", { hasText: /^linear/ }).locator(".value");
      const tokens = curves
        .filter((row) => row.variant === "linear" && row.seed === 0)
        .map((row) => row.tokens);
      expect(await value.textContent()).toBe(meanAt(tokens.at(-1)!));
      await page.getByRole("slider").press("Home");
      await expect.poll(() => value.textContent()).toBe(meanAt(tokens[0]!));
      await page.getByRole("slider").press("ArrowRight");
      await expect.poll(() => value.textContent()).toBe(meanAt(tokens[1]!));
      // At the right edge of the area.
      const area = page.locator(".interactive > svg");
      await area.scrollIntoViewIfNeeded();
      const box = (await area.boundingBox())!;
      await page.mouse.move(box.x + box.width - 15, box.y + 100);
      await expect.poll(() => value.textContent()).toBe(meanAt(tokens.at(-1)!));
    });

    it("shows the difference from the baseline when asked", async () => {
      await page.locator(".tools select").selectOption("difference");
      expect(await page.locator(".interactive path.curve[data-variant]").count()).toBe(3);
      const relative = answer.summary.rows.find(({ variant }) => variant === "attention")!.comparison!
        .relative;
      const value = await page
        .locator(".legend button", { hasText: /^attention[+-]/ })
        .locator(".value")
        .textContent();
      expect(value).toBe(`+${(100 * relative.mean).toFixed(2)}`);
    });

    it("sorts and copies what models can do as the table of losses", async () => {
      const table = page.locator("#right-table");
      const cells = (): Promise<string[]> => table.locator("tbody td:nth-child(2)").allTextContents();
      const right = ["40.0 ±0.0", "42.0 ±0.0", "44.0 ±0.0", "46.0 ±0.0"];
      expect(await cells()).toEqual(right);
      const button = table.locator("thead th", { hasText: "right, % of test" }).getByRole("button");
      await button.click();
      await button.click();
      expect(await cells()).toEqual(right.toReversed());
      await table.getByRole("button", { name: "Copy as CSV" }).click();
      await table.locator(".said", { hasText: "copied" }).waitFor();
      expect(await table.locator(".note").textContent()).toContain("chance 25 %");
    });

    it("sorts by value, both ways and back, empty cells last", async () => {
      const first = page.locator("#table table");
      const names = (): Promise<string[]> => first.locator("tbody th").allTextContents();
      const before = await names();
      const byLoss = answer.summary.rows
        .toSorted((a, b) => a.metric!.mean - b.metric!.mean)
        .map(({ label }) => label);
      const head = first.locator("thead th", { hasText: "validation loss" });
      await head.getByRole("button").click();
      expect(await head.getAttribute("aria-sort")).toBe("ascending");
      expect((await names()).map((name, index) => name.startsWith(byLoss[index]!))).toEqual([
        true,
        true,
        true,
        true,
      ]);
      await head.getByRole("button").press("Enter");
      expect((await names())[0]).toContain(byLoss.at(-1));
      await head.getByRole("button").click();
      expect(await names()).toEqual(before);
      const difference = first.locator("thead th", { hasText: "difference" }).getByRole("button");
      for (let press = 0; press < 2; press += 1) {
        await difference.click();
        expect((await names()).at(-1)).toContain("(baseline)");
      }
    });

    it("copies a table as the CSV of all its numbers", async () => {
      await page.context().grantPermissions(["clipboard-read", "clipboard-write"]);
      await page.locator("#table").getByRole("button", { name: "Copy as CSV" }).click();
      await page.locator("#table .said", { hasText: "copied" }).waitFor();
      expect(await page.evaluate("navigator.clipboard.readText()")).toBe(printCsv([answer.table]));
    });

    it("prints the static curves, and no buttons", async () => {
      const still = page.locator("#curves");
      expect(await still.isVisible()).toBe(false);
      await page.emulateMedia({ media: "print" });
      expect(await still.isVisible()).toBe(true);
      expect(await page.locator(".interactive").isVisible()).toBe(false);
      expect(await page.getByRole("button", { name: "Copy as CSV" }).count()).toBe(0);
    });

    it("without scripts has the static curves and every table", async () => {
      const still = await open({ javaScriptEnabled: false });
      expect(await still.page.locator("#curves svg").isVisible()).toBe(true);
      expect(await still.page.locator(".interactive").isVisible()).toBe(false);
      expect(await still.page.locator("#table tbody tr").count()).toBe(4);
    });
  },
);

describe.skipIf(executable === null)(
  `the page at two widths${slowTests ? needsChromium(executable) : needsTime}`,
  () => {
    const combinations = [
      [400, "dark"],
      [1400, "light"],
      // Pictures to look at; there is nothing to find that the others don't have.
      ...(SCREENSHOTS === undefined
        ? []
        : ([
            [400, "light"],
            [1400, "dark"],
          ] as const)),
    ] as const;
    it.each(combinations)("fits %d pixels, %s, and axe finds nothing serious", async (width, colorScheme) => {
      const { page } = await open({ viewport: { width, height: 900 }, colorScheme });
      expect(await page.evaluate("document.documentElement.scrollWidth")).toBe(width);
      // Also what is folded away.
      await page.evaluate("document.querySelectorAll('details').forEach((one) => (one.open = true))");
      await page.evaluate(readFileSync(AXE, "utf8"));
      const { violations } = await page.evaluate<AxeResults>("axe.run()");
      const found = violations
        .filter(({ impact }) => impact === "serious" || impact === "critical")
        .map(({ id, nodes }) => `${id}: ${nodes.map(({ html }) => html).join(" ")}`);
      expect(found).toEqual([]);
      if (SCREENSHOTS !== undefined) {
        const path = join(SCREENSHOTS, `report-${width}-${colorScheme}.png`);
        await page.screenshot({ path, fullPage: true });
      }
    });
  },
);

/** What we read of what axe-core says. */
interface AxeResults {
  readonly violations: readonly {
    readonly id: string;
    readonly impact: string;
    readonly nodes: readonly { readonly html: string }[];
  }[];
}

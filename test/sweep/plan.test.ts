/** What is refused once the text is read: tokens that can't be compared, parents whose tokens or weights are others. */
import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { expect, it } from "vitest";
import { loadExperiment } from "../../src/config/load.ts";
import { InputError } from "../../src/core/errors.ts";
import { routerRegistry } from "../../src/exec/router-registry.ts";
import { shippedRouters } from "../../src/routers/index.ts";
import { planExperiment } from "../../src/sweep/plan.ts";
import { temporaryFolder } from "../support/folder.ts";

const folder = temporaryFolder();
mkdirSync(join(folder, "text"));
const words = ["river", "stone", "winter", "garden", "letter", "window", "market", "shadow"];
for (let file = 0; file < 12; file++) {
  const text = Array.from({ length: 90 }, (_, i) => words[(i * i + file * 3 + i) % 8]).join(" ");
  writeFileSync(join(folder, "text", `${file}.txt`), `${file} ${text}\n`);
}

/** Problems of a baseline `a` and a variant with these settings, as `line:path: message`. */
async function problemsOf(variant: object, metric = "validation_loss_nats"): Promise<string[]> {
  const file = join(folder, "mine.json");
  const whole = {
    ...{ name: "mine", seeds: 2, baseline: "a", metric },
    base: {
      model: { width: 8, heads: 2, layers: 1, experts: 4, expertWidth: 4 },
      data: {
        domains: [{ name: "mine", files: ["./text"] }],
        ...{ sequenceLength: 8, batchSequences: 2, validationTokens: 64 },
        ...{ validationShare: 0.2, testShare: 0.2 },
      },
      training: { steps: 5, warmupSteps: 1, evaluationTokens: 32 },
    },
    variants: [{ name: "a" }, { name: "b", ...variant }],
  };
  writeFileSync(file, JSON.stringify(whole, null, 1));
  const { experiment, locate } = await loadExperiment(file, { routers: shippedRouters });
  try {
    planExperiment(experiment, {
      locate,
      routers: routerRegistry(shippedRouters),
      runsFolder: join(folder, "runs"),
    });
    return [];
  } catch (error) {
    if (!(error instanceof InputError)) throw error;
    return error.problems.map(
      ({ where, path, message }) => `${where.replace(/^.*json/, "")} ${path}: ${message}`,
    );
  }
}

const otherTokens = { varies: ["data.vocabulary"], data: { vocabulary: 280 } };

it("variants of other tokens than the baseline's are refused nats, at their line, and allowed bits per byte", async () => {
  expect(await problemsOf(otherTokens)).toEqual([
    expect.stringMatching(
      /^:\d+:\d+ data\.vocabulary: the tokens are others than those of the baseline a, .* set "metric": "validation_bits_per_byte"$/,
    ),
  ]);
  expect(await problemsOf(otherTokens, "validation_bits_per_byte")).toEqual([]);
});

it("a parent of other tokens is refused, also where bits per byte judge", async () => {
  const parent = { varies: ["parent"], parent: { data: { vocabulary: 280 } } };
  const found = await problemsOf(parent, "validation_bits_per_byte");
  expect(found).toContainEqual(
    expect.stringMatching(
      /^:\d+:\d+ parent: the parent's tokens are others; give both the same data\.vocabulary/,
    ),
  );
});

it("a parent whose weights don't fit is refused with what does not, one that fits is not", async () => {
  const wider = { varies: ["parent"], parent: { model: { expertWidth: 8 } } };
  expect(await problemsOf(wider)).toEqual([
    expect.stringMatching(
      /^:\d+:\d+ parent: the parent's weights do not fit: layers\.0\.experts\.gate is \[4, 8, 8\] there and \[4, 8, 4\] here/,
    ),
  ]);
  expect(await problemsOf({ varies: ["parent"], parent: { training: { steps: 3 } } })).toEqual([]);
});

/** Runs of committed results keep their ids: whoever has these runs finds them with the experiments of today. */
import { existsSync, mkdtempSync, readdirSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, expect, test } from "vitest";
import { REGIMES, baseOf } from "../../scripts/regimes/bases.mjs";
import { loadExperiment } from "../../src/config/load.ts";
import { parentRunSettings } from "../../src/config/parent.ts";
import { valueAt } from "../../src/config/paths.ts";
import type { DataSettings, Settings } from "../../src/config/settings.ts";
import { readSource } from "../../src/config/source.ts";
import { hashJson } from "../../src/core/json.ts";
import { loadCorpus } from "../../src/data/corpus.ts";
import type { RunIdentity } from "../../src/records/run.ts";
import { shippedRouters } from "../../src/routers/index.ts";
import { readExperimentFiles } from "../../src/store/experiment-files.ts";
import { identityOf, runIdOf } from "../../src/store/identity.ts";
import { NUMERICS } from "../../src/store/numerics.ts";
import { needsTime, slowTests } from "../support/slow.ts";

const hashes = new Map<string, string>();

/** Hash of the text and of its tokens; other settings of data do not change it. */
function dataHashOf(data: DataSettings): string {
  const key = hashJson([data.domains, data.validationShare, data.testShare, data.vocabulary]);
  const hash = hashes.get(key) ?? loadCorpus(data, { cacheFolder: null }).hash;
  hashes.set(key, hash);
  return hash;
}

function identity(settings: Settings, seed: number): RunIdentity {
  const { parent } = settings;
  const from = parent && identity(parentRunSettings(parent), parent.seed ?? seed);
  const sources = { routerName: settings.router.name, dataHash: dataHashOf(settings.data), routerHash: null };
  return identityOf(settings, seed, { ...sources, parent: from });
}

/** Flags of those that were not trained from an experiment file as it stands. */
const FLAGS: Readonly<Record<string, readonly string[]>> = {
  "sensitivity-layers1": ["model.layers=1"],
  "sensitivity-width32": ["model.width=32", "model.expertWidth=64"],
};

const files = new Map(
  readdirSync("experiments")
    .filter((file) => file.endsWith(".json"))
    .map((file) => {
      const path = join("experiments", file);
      return [valueAt(readSource(path).value, ["name"]), path];
    }),
);

/** Calibrations of regimes that scripts/regimes/search.mjs tried: `calibration-of-NAME-STEPS` by the base that it writes. */
function searched(experiment: string): { path: string; base?: string } | undefined {
  const [, name, steps] = /^calibration-of-(.+)-(\d+)$/.exec(experiment) ?? [];
  if (name === undefined || !isRegime(name)) return undefined;
  const base = join(scratch, `${name}-${steps}.json`);
  writeFileSync(base, JSON.stringify(baseOf(name, Number(steps))));
  return { path: "experiments/calibration.json", base };
}

const isRegime = (name: string): name is keyof typeof REGIMES => name in REGIMES;
const scratch = mkdtempSync(join(tmpdir(), "moe-lab-ids-"));
afterAll(() => {
  rmSync(scratch, { recursive: true });
});

const folders = readdirSync("results").filter((name) => existsSync(join("results", name, "experiment.json")));

/** Those whose tokenizers take half a minute to train. */
const isSlow = (folder: string): boolean => folder.includes("vocabulary");

test.each(folders.filter((folder) => !isSlow(folder)))("%s", hasTodaysIds, 300_000);
test.skipIf(!slowTests).each(folders.filter(isSlow))(`%s${needsTime}`, hasTodaysIds, 300_000);

async function hasTodaysIds(folder: string): Promise<void> {
  const { record, runs } = readExperimentFiles(join("results", folder));
  const { name, tier, recipe } = record.experiment;
  expect(recipe).toBeUndefined();
  const asked = { routers: shippedRouters, set: FLAGS[folder] ?? [], ...(tier !== "" && { tier }) };
  const { path, base } = searched(name) ?? { path: files.get(name)! };
  const { experiment } = await loadExperiment(path, base === undefined ? asked : { ...asked, base });
  expect(record.numerics ?? NUMERICS).toBe(NUMERICS);
  const ids = runs.map(({ variant, seed }) => {
    const { settings } = experiment.variants.find((one) => one.name === variant)!;
    return [variant, seed, runIdOf(identity(settings, seed))];
  });
  expect(ids.length).toBeGreaterThan(0);
  expect(ids).toEqual(runs.map(({ variant, seed, runId }) => [variant, seed, runId]));
}

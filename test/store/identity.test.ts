import { expect, test } from "vitest";
import type { Settings } from "../../src/config/settings.ts";
import { settings } from "../../src/config/declared/all.ts";
import { neutralValues } from "../../src/config/declared/setting.ts";
import { parsePath, valueAt } from "../../src/config/paths.ts";
import { hashJson } from "../../src/core/json.ts";
import {
  completedSettings,
  identityOf,
  provenanceTag,
  runIdOf,
  runNameOf,
  withoutPaths,
} from "../../src/store/identity.ts";
import { PROVENANCE, settingsOf, SOURCES } from "../support/runs.ts";

const idOf = (settings: Settings, seed = 1, dataHash = "d", routerHash: string | null = null): string =>
  runIdOf(
    identityOf(settings, seed, { routerName: settings.router.name, dataHash, routerHash, parent: null }),
  );

const SETTINGS = settingsOf();

test("the id does not depend on the order of keys", () => {
  const { model, ...rest } = SETTINGS;
  const reordered = {
    ...rest,
    model: Object.fromEntries(Object.entries(model).reverse()) as unknown as typeof model,
  };
  expect(Object.keys(reordered.model)).not.toEqual(Object.keys(model));
  expect(idOf(reordered)).toBe(idOf(SETTINGS));
});

test("what decides the numbers decides the id", () => {
  const ids = [
    idOf(SETTINGS),
    idOf(SETTINGS, 2),
    idOf(SETTINGS, 1, "other text"),
    idOf(SETTINGS, 1, "d", "a user's router"),
    idOf(settingsOf(11)),
    idOf({ ...SETTINGS, router: { name: "linear", options: { frozen: true } } }),
    idOf({ ...SETTINGS, streams: { router: 1 } }),
    idOf({ ...SETTINGS, losses: { ...SETTINGS.losses, balanceWeight: 0 } }),
  ];
  expect(new Set(ids).size).toBe(ids.length);
});

/** Settings younger than the first runs: how they stood before they existed, and another value. */
const YOUNGER: readonly (readonly [path: string, neutral: unknown, other: unknown])[] = [
  ["model.denseLayers", 0, 1],
  ["model.latentWidth", 0, 16],
  ["model.sharedAcrossLayers", false, true],
  ["model.rotaryFactor", 1, 4],
  ["model.norm", "rms", "layer"],
  ["model.localizedFiltering", false, true],
  ["model.gateScale", 1, 2.5],
  ["training.annealShare", 0, 0.02],
  ["training.routerLearningRateScale", 1, 0.3],
  ["training.routerWeightDecay", null, 0],
  ["training.routerStart", 0, 0.1],
  ["training.routerEnd", 1, 0.5],
  ["training.routerJitter", 0, 0.01],
  ["training.averageLastShare", 0, 0.1],
  ["losses.balanceForm", "switch", "entropy"],
  ["losses.balanceScope", "batch", "sequence"],
  ["losses.balanceWindow", 16, 4],
  ["losses.biasStep", 0, 0.001],
  ["data.domains[1].validationWeight", null, 2],
  ["data.domains[1].task", null, { states: 3 }],
  ["data.vocabulary", 256, 1024],
  ["objective", { name: "pretrain", options: {} }, { name: "sft", options: {} }],
  ["parent", null, { ...SETTINGS, seed: null, keepRouter: false, noise: null, parent: null }],
  ["data.maxRepeats", null, 32],
  ["data.wordShareDomains", null, ["code"]],
  ["data.fimRate", 0, 0.5],
  ["data.fimSpm", 0.5, 1],
];

test("those are the settings that are declared as younger, at their neutral values", () => {
  const declared = Object.entries(neutralValues(settings)).map(([path, value]) => [path, value]);
  const plain = YOUNGER.map(([path, value]) => [path.replace(/\[\d+\]/g, "[]"), value]);
  expect(declared.sort()).toEqual(plain.sort());
});

/** The settings with another value at a path; undefined takes the key away. */
function changed(path: string, value: unknown): Settings {
  const copy: unknown = structuredClone(SETTINGS);
  const segments = parsePath(path);
  const holder = valueAt(copy, segments.slice(0, -1)) as Record<string, unknown>;
  const key = String(segments.at(-1));
  if (value === undefined) Reflect.deleteProperty(holder, key);
  else holder[key] = value;
  return copy as Settings;
}

test.each(YOUNGER)("%s decides the id, but not where it stands as it always did", (path, neutral, other) => {
  expect(valueAt(SETTINGS, parsePath(path))).toEqual(neutral);
  expect(idOf(changed(path, undefined))).toBe(idOf(SETTINGS));
  expect(idOf(changed(path, other))).not.toBe(idOf(SETTINGS));
});

test("the id of a run with settings as the first runs had them is the hash of just those", () => {
  const identity = identityOf(SETTINGS, 1, SOURCES);
  const first = structuredClone(identity) as unknown as { settings: Record<string, Record<string, unknown>> };
  for (const [path] of YOUNGER) {
    const [section = "", key = ""] = path.split(".");
    if (key === "") Reflect.deleteProperty(first.settings, section);
    else Reflect.deleteProperty(first.settings[section]!, key);
  }
  first.settings["data"]!["domains"] = SETTINGS.data.domains.map(({ name, weight, corpus, files }) => {
    return { name, weight, corpus, files };
  });
  const young =
    /"norm"|localizedFiltering|latentWidth|gateScale|annealShare|router[A-Z]|averageLastShare|balance[FS]|balanceWindow|biasStep|validationWeight|objective|parent/;
  // The parent's id, null here, stands beside the settings.
  expect(JSON.stringify(first.settings)).not.toMatch(young);
  expect(runIdOf(identity)).toBe(hashJson(first).slice(0, 12));
});

test("paths of users' files don't decide the id: the data hash stands for their content", () => {
  const at = (file: string): Settings => ({
    ...SETTINGS,
    data: {
      ...SETTINGS.data,
      domains: [{ name: "mine", weight: 1, validationWeight: null, task: null, corpus: null, files: [file] }],
    },
  });
  expect(idOf(at("/home/a/text"))).toBe(idOf(at("/home/b/text")));
  expect(JSON.stringify(withoutPaths(at("/home/a/text"), "linear"))).not.toContain("/home");
});

test("the folder's name says router, seed and id", () => {
  const identity = identityOf(SETTINGS, 3, SOURCES);
  expect(runNameOf(identity)).toMatch(/^linear-s3-[0-9a-f]{12}$/);
  expect(runNameOf(identity).endsWith(runIdOf(identity))).toBe(true);
});

test("provenance is one word, and differs with engine, threads, versions and passes only", () => {
  const tag = provenanceTag(PROVENANCE);
  expect(tag).toBe("compiled/1t/tfjs@4.22.0");
  expect(provenanceTag({ ...PROVENANCE, cpu: "another", platform: "another" })).toBe(tag);
  const others = [
    provenanceTag({ ...PROVENANCE, threads: 2 }),
    provenanceTag({ ...PROVENANCE, engine: "tfjs-cpu" }),
    provenanceTag({ ...PROVENANCE, versions: { tfjs: "5" } }),
    provenanceTag({ ...PROVENANCE, passes: ["fold"] }),
  ];
  expect(new Set([tag, ...others]).size).toBe(5);
});

test("completes the settings of a run of before there were objectives", () => {
  const { objective, ...older } = settingsOf();
  expect(objective).toEqual({ name: "pretrain", options: {} });
  expect(completedSettings(older)).toMatchObject(settingsOf());
});

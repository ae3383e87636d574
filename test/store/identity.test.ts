import { expect, test } from "vitest";
import type { Settings } from "../../src/config/settings.ts";
import { identityOf, provenanceTag, runIdOf, runNameOf, withoutPaths } from "../../src/store/identity.ts";
import { PROVENANCE, settingsOf } from "../support/runs.ts";

const idOf = (settings: Settings, seed = 1, dataHash = "d", routerHash: string | null = null): string =>
  runIdOf(identityOf(settings, seed, settings.router.name, dataHash, routerHash));

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

test("paths of users' files don't decide the id: the data hash stands for their content", () => {
  const at = (file: string): Settings => ({
    ...SETTINGS,
    data: { ...SETTINGS.data, domains: [{ name: "mine", weight: 1, corpus: null, files: [file] }] },
  });
  expect(idOf(at("/home/a/text"))).toBe(idOf(at("/home/b/text")));
  expect(JSON.stringify(withoutPaths(at("/home/a/text"), "linear"))).not.toContain("/home");
});

test("the folder's name says router, seed and id", () => {
  const identity = identityOf(SETTINGS, 3, "linear", "d", null);
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

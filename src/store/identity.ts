import { canonicalJson, hashJson, sha256 } from "../core/json.ts";
import { settings } from "../config/declared/all.ts";
import { PRETRAIN } from "../config/declared/objective.ts";
import { neutralValues } from "../config/declared/setting.ts";
import { isPlainObject } from "../config/paths.ts";
import type { DataSettings, ParentSettings, Settings } from "../config/settings.ts";
import { NUMERICS } from "./numerics.ts";
import type { Provenance, RunIdentity } from "../records/run.ts";

/** Characters of the identity's SHA-256 that name a run; 48 bits, so that 10 000 runs collide at odds of 1 in 5 million. */
const ID_LENGTH = 12;

/** Values at which the id leaves younger settings out, so that runs of before there were these stay found. */
const NEUTRAL = neutralValues(settings);

/** What decides the numbers of a run beside its settings and seed. */
interface IdentitySources {
  /** The name that the router declares; a user's module path must not matter. */
  readonly routerName: string;
  /** `Corpus.hash`: stands for the contents of the user's files, whose paths are left out. */
  readonly dataHash: string;
  /** Hash of a user's router (exec/user-router.ts), null for a shipped one. */
  readonly routerHash: string | null;
  /** What decides the numbers of the run that this one starts from; null for one that starts at random. */
  readonly parent: RunIdentity | null;
}

/** What decides the numbers of a run. */
export function identityOf(settings: Settings, seed: number, sources: IdentitySources): RunIdentity {
  const { routerName, dataHash, routerHash, parent } = sources;
  return {
    settings: withoutPaths(settings, routerName),
    seed,
    dataHash,
    routerHash,
    parent: parent && runIdOf(parent),
    numerics: NUMERICS,
  };
}

/** Settings without paths of this machine: users' files left out, the router under the name that it declares. */
export function withoutPaths(settings: Settings, routerName: string): Settings {
  const { parent } = settings;
  return {
    ...settings,
    router: { ...settings.router, name: routerName },
    data: withoutFiles(settings.data),
    parent: parent && parentWithoutFiles(parent),
  };
}

function parentWithoutFiles(parent: ParentSettings): ParentSettings {
  const { data, parent: above } = parent;
  return { ...parent, data: withoutFiles(data), parent: above && parentWithoutFiles(above) };
}

function withoutFiles(data: DataSettings): DataSettings {
  return { ...data, domains: data.domains.map((domain) => ({ ...domain, files: [] })) };
}

/** Settings of a section that a run may be older than, at the values that it had in effect; below the section. */
export function neutralSettings(section: keyof Settings): Readonly<Record<string, unknown>> {
  const prefix = `${section}.`;
  return Object.fromEntries(
    Object.entries(NEUTRAL).flatMap(([path, value]) =>
      path.startsWith(prefix) ? [[path.slice(prefix.length), value]] : [],
    ),
  );
}

/** The run's id: 12 hexadecimal digits that depend on nothing but the identity's values. */
export function runIdOf(identity: RunIdentity): string {
  const settings = withoutNeutral(identity.settings, "");
  return hashJson({ ...identity, settings }).slice(0, ID_LENGTH);
}

/** A name for what decides a run's results: its id, but for the settings that only say where the loss is looked at on the way. */
export function resultsIdOf(identity: RunIdentity): string {
  const { settings } = identity;
  const training = { ...settings.training, evaluateEvery: 1, evaluationTokens: 1 };
  return runIdOf({ ...identity, settings: { ...settings, training } });
}

/** A name for a run of any length: two of one name differ in nothing but their steps and where the loss is looked at. */
export function lengthlessIdOf(identity: RunIdentity): string {
  const { settings } = identity;
  const training = { ...settings.training, steps: 1, warmupSteps: 0 };
  return resultsIdOf({ ...identity, settings: { ...settings, training } });
}

/** Nested settings without those that stand at their neutral value, in a parent's settings as in a run's own. */
function withoutNeutral(value: unknown, path: string): unknown {
  if (Array.isArray(value)) return value.map((item: unknown) => withoutNeutral(item, `${path}[]`));
  if (!isPlainObject(value)) return value;
  const kept = Object.entries(value).flatMap(([key, inner]) => {
    const at = path === "" || path === "parent" ? key : `${path}.${key}`;
    return isNeutral(at, inner) ? [] : [[key, withoutNeutral(inner, at)]];
  });
  return Object.fromEntries(kept);
}

/** Whether a setting stands at the value that it had in effect before there was a choice. */
function isNeutral(path: string, value: unknown): boolean {
  if (!Object.hasOwn(NEUTRAL, path)) return false;
  const neutral = NEUTRAL[path];
  return isPlainObject(neutral) ? canonicalJson(neutral) === canonicalJson(value) : neutral === value;
}

/** The run's folder name, `<router>-s<seed>-<id>`. */
export function runNameOf(identity: RunIdentity): string {
  return `${identity.settings.router.name}-s${identity.seed}-${runIdOf(identity)}`;
}

/** What computed a run, in one word: `compiled/1t/onnxruntime-node@1.30.0/...`; pairs that differ in it are marked. */
export function provenanceTag(provenance: Provenance): string {
  const versions = Object.entries(provenance.versions)
    .map(([name, version]) => `${name}@${version}`)
    .sort();
  const passes =
    provenance.passes.length === 0 ? [] : [`passes@${sha256(provenance.passes.join()).slice(0, 6)}`];
  return [provenance.engine, `${provenance.threads}t`, ...versions, ...passes]
    .join("/")
    .replaceAll(/[\s,]+/g, "_");
}

/** Settings as a run wrote them down, which may be older than some of them. */
type WrittenSettings = Omit<Settings, "objective"> & Partial<Pick<Settings, "objective">>;

/** Settings of a run, all of them. */
export function completedSettings(written: WrittenSettings): Settings {
  const sections = ["model", "losses", "data", "training"] as const;
  const filled = sections.map((section) => [section, { ...neutralSettings(section), ...written[section] }]);
  return { objective: PRETRAIN, ...written, ...(Object.fromEntries(filled) as Partial<Settings>) };
}

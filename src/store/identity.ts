import { hashJson, sha256 } from "../core/json.ts";
import type { Settings } from "../config/settings.ts";
import { NUMERICS } from "./numerics.ts";
import type { Provenance, RunIdentity } from "./records.ts";

/** Characters of the identity's SHA-256 that name a run; 48 bits, so that 10 000 runs collide at odds of 1 in 5 million. */
const ID_LENGTH = 12;

/**
 * What decides the numbers of a run.
 * @param routerName the name that the router declares; a user's module path must not matter.
 * @param dataHash `Corpus.hash`: stands for the contents of the user's files, whose paths are left out.
 * @param routerHash hash of a user's router (exec/user-router.ts), null for a shipped one.
 */
export function identityOf(
  settings: Settings,
  seed: number,
  routerName: string,
  dataHash: string,
  routerHash: string | null,
): RunIdentity {
  return { settings: withoutPaths(settings, routerName), seed, dataHash, routerHash, numerics: NUMERICS };
}

/** Settings without paths of this machine: users' files left out, the router under the name that it declares. */
export function withoutPaths(settings: Settings, routerName: string): Settings {
  const domains = settings.data.domains.map((domain) => ({ ...domain, files: [] }));
  return {
    ...settings,
    router: { ...settings.router, name: routerName },
    data: { ...settings.data, domains },
  };
}

/** The run's id: 12 hexadecimal digits that depend on nothing but the identity's values. */
export function runIdOf(identity: RunIdentity): string {
  return hashJson(identity).slice(0, ID_LENGTH);
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

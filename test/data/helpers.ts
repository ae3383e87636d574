import { mkdirSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import type { DataSettings, DomainSettings } from "../../src/config/settings.ts";
import type { Corpus, DomainTokens } from "../../src/data/types.ts";
import { temporaryFolder } from "../support/folder.ts";

/** Bytes of a text. */
export function bytes(text: string): Uint8Array {
  return new Uint8Array(Buffer.from(text, "utf8"));
}

/** Text of bytes. */
export function text(tokens: ArrayLike<number>): string {
  return Buffer.from(Array.from(tokens)).toString("utf8");
}

/** A fresh folder with these files, removed after the test. */
export function folderWith(files: Readonly<Record<string, string | Uint8Array>>): string {
  const folder = temporaryFolder();
  for (const [name, content] of Object.entries(files)) {
    mkdirSync(dirname(join(folder, name)), { recursive: true });
    writeFileSync(join(folder, name), content);
  }
  return folder;
}

/** A domain of the user's own files. */
export function ownDomain(name: string, files: readonly string[], weight = 1): DomainSettings {
  return { name, weight, validationWeight: null, task: null, corpus: null, files };
}

/** A shipped domain. */
export function shippedDomain(name: string): DomainSettings {
  return { name, weight: 1, validationWeight: null, task: null, corpus: name, files: [] };
}

/** Text as it is. */
const UNCHANGED = { maxRepeats: null, wordShareDomains: null, fimRate: 0, fimSpm: 0.5 };

/** Data settings with small sizes. */
export function dataOf(domains: readonly DomainSettings[], change: Partial<DataSettings> = {}): DataSettings {
  return {
    domains,
    validationShare: 0.05,
    testShare: 0.05,
    sequenceLength: 5,
    batchSequences: 4,
    validationTokens: 20,
    vocabulary: 256,
    ...UNCHANGED,
    ...change,
  };
}

/** A corpus made by hand from the train and validation text of each domain; weights must sum to 1. */
export function corpusOf(
  domains: Readonly<
    Record<string, { weight: number; validationWeight?: number; train: string; validation?: string }>
  >,
): Corpus {
  return {
    domains: Object.entries(domains).map(([name, domain]): DomainTokens => {
      const { weight, validationWeight = weight, train, validation = "" } = domain;
      return {
        name,
        weight,
        validationWeight,
        splits: { train: bytes(train), validation: bytes(validation), test: bytes("") },
        sources: [],
        repeated: [],
        task: null,
        overlap: null,
        documents: { train: 1, validation: 1, test: 0 },
      };
    }),
    vocabulary: 256,
    labelCount: Object.keys(domains).length,
    tokenizer: null,
    hash: "",
  };
}

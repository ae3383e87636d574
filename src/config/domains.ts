import { statSync } from "node:fs";
import { parse, resolve } from "node:path";
import { messageOf } from "../core/errors.ts";
import { systemSentence } from "../core/system-errors.ts";
import { SHIPPED_CORPORA, writtenDomain } from "./declared/data.ts";
import type { SettingProblem } from "./layers.ts";
import type { WrittenDomain } from "./schema.ts";
import type { DomainSettings } from "./settings.ts";
import { didYouMean, quoted, show } from "./suggest.ts";

/** Domains with every field present, and what is wrong with them: no source, two sources, files that do not exist. */
export function resolveDomains(written: readonly WrittenDomain[]): {
  readonly domains: readonly DomainSettings[];
  readonly problems: readonly SettingProblem[];
} {
  const domains = written.map(resolveDomain);
  const problems = domains.flatMap((domain, index) => {
    return domainProblems(domain).map(({ paths, message }) => {
      return { paths: paths.map((path) => ["data", "domains", index, ...path]), message };
    });
  });
  return { domains, problems };
}

/** A domain that is named like a shipped corpus and names no files is that corpus. */
function resolveDomain(written: WrittenDomain): DomainSettings {
  const { name, files = [] } = written;
  const weight = writtenDomain.shape.weight.parse(written.weight);
  const validationWeight = writtenDomain.shape.validationWeight.parse(written.validationWeight);
  const namesake = files.length === 0 ? SHIPPED_CORPORA.find((corpus) => corpus === name) : undefined;
  return { name, weight, validationWeight, corpus: written.corpus ?? namesake ?? null, files };
}

function domainProblems({ name, corpus, files }: DomainSettings): readonly SettingProblem[] {
  if (corpus === null && files.length === 0) {
    const help = didYouMean(name, SHIPPED_CORPORA);
    const message = `${show(name)} is no shipped corpus (${quoted(SHIPPED_CORPORA)}); give the domain "corpus" or "files"${help}`;
    return [{ paths: [["name"]], message }];
  }
  if (corpus !== null && files.length > 0) {
    return [{ paths: [["files"]], message: 'a domain has "corpus" or "files", not both; remove one' }];
  }
  return files.flatMap((file, index) => {
    const message = pathProblem(file);
    return message === null ? [] : [{ paths: [["files", index]], message: `${show(file)} ${message}` }];
  });
}

/** Why a path can be no text to train on; null where it is a file or folder. */
function pathProblem(path: string): string | null {
  try {
    const stats = statSync(path, { throwIfNoEntry: false });
    if (stats === undefined) return "does not exist; check the path";
    if (resolve(path) === parse(resolve(path)).root) return "is the whole disk; name a folder with text";
    return stats.isFile() || stats.isDirectory()
      ? null
      : "is no file but a device or pipe; name files with text";
  } catch (error) {
    return `can't be read: ${systemSentence(error) ?? messageOf(error)}`;
  }
}

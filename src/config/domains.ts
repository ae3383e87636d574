import { statSync } from "node:fs";
import { parse, resolve } from "node:path";
import { messageOf } from "../core/errors.ts";
import { systemSentence } from "../core/system-errors.ts";
import { SHIPPED_CORPORA, writtenDomain } from "./declared/data.ts";
import { INSTRUCTION_TASKS, isInstructions } from "./declared/instructions.ts";
import { TASK_CORPORA, taskSchema } from "./declared/tasks.ts";
import type { SettingProblem } from "./layers.ts";
import type { WrittenDomain } from "./schema.ts";
import type { DomainSettings } from "./settings.ts";
import { shapeIssues } from "./shape.ts";
import { didYouMean, quoted, show } from "./suggest.ts";

const NAMES = [...SHIPPED_CORPORA, ...TASK_CORPORA, ...INSTRUCTION_TASKS];

/** Domains with every field present, and what is wrong with them: no source, two sources, files that do not exist. */
export function resolveDomains(written: readonly WrittenDomain[]): {
  readonly domains: readonly DomainSettings[];
  readonly problems: readonly SettingProblem[];
} {
  const domains = written.map(resolveDomain);
  const problems = domains.flatMap((domain, index) => {
    return domainProblems(domain).map(({ paths, ...problem }) => {
      return { ...problem, paths: paths.map((path) => ["data", "domains", index, ...path]) };
    });
  });
  return { domains, problems };
}

/** A domain that is named like a shipped corpus or a task, and names no files, is that one. */
function resolveDomain(written: WrittenDomain): DomainSettings {
  const { name, files = [] } = written;
  const weight = writtenDomain.shape.weight.parse(written.weight);
  const validationWeight = writtenDomain.shape.validationWeight.parse(written.validationWeight);
  const namesake = files.length === 0 ? NAMES.find((corpus) => corpus === name) : undefined;
  const corpus = written.corpus ?? namesake ?? null;
  return { name, weight, validationWeight, corpus, task: difficulty(corpus, written), files };
}

/** Every setting of a task; as written where it is refused, and where the domain is none. */
function difficulty(corpus: string | null, { task = null }: WrittenDomain): DomainSettings["task"] {
  const parsed = taskSchema(corpus)?.safeParse(task ?? {});
  return parsed?.success === true ? (parsed.data as Record<string, number>) : task;
}

function difficultyProblems({ name, corpus, task }: DomainSettings): readonly SettingProblem[] {
  if (task === null) return [];
  const schema = taskSchema(corpus);
  if (schema === undefined) {
    const message = `${show(name)} is ${isInstructions(corpus) ? "a task with instructions" : "text"}; "task" is for synthetic tasks (${quoted(TASK_CORPORA)}); remove it`;
    return [{ paths: [["task"]], message }];
  }
  return shapeIssues(schema, task).map(({ path, at, message }) => ({
    paths: [["task", ...path]],
    at,
    message,
  }));
}

function domainProblems(domain: DomainSettings): readonly SettingProblem[] {
  const { name, corpus, files } = domain;
  if (corpus === null && files.length === 0) {
    const help = didYouMean(name, NAMES);
    const message = `${show(name)} is no shipped corpus (${quoted(SHIPPED_CORPORA)}), no synthetic task (${quoted(TASK_CORPORA)}) and no task with instructions (${quoted(INSTRUCTION_TASKS)}); give the domain "corpus" or "files"${help}`;
    return [{ paths: [["name"]], message }];
  }
  if (corpus !== null && files.length > 0) {
    return [{ paths: [["files"]], message: 'a domain has "corpus" or "files", not both; remove one' }];
  }
  const unreadable = files.flatMap((file, index) => {
    const message = pathProblem(file);
    return message === null ? [] : [{ paths: [["files", index]], message: `${show(file)} ${message}` }];
  });
  return [...difficultyProblems(domain), ...unreadable];
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

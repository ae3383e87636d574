import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { z } from "zod";
import { InputError, messageOf } from "../core/errors.ts";
import { writeFileAtomic } from "../core/files.ts";
import { hashJson } from "../core/json.ts";
import type { LooksRecord, Procedure } from "../records/looks.ts";

/**
 * looks.json of a result folder: which looks at growing data were planned, what each may cost, and which were taken. It is the
 * one file there that runs can't make again: what has been looked at is history.
 */

const FILE = "looks.json";

const look = z.object({
  seeds: z.array(z.int().min(0)).min(1),
  level: z.number().gt(0).max(1).nullable(),
  byHand: z.boolean(),
});
const procedure = z
  .object({
    question: z.string().min(1),
    alpha: z.number().gt(0).lt(1),
    looks: z.array(look).min(1),
    taken: z.int().min(0),
  })
  .refine(({ looks, taken }) => taken <= looks.length, "more looks are taken than there are");
const record: z.ZodType<LooksRecord> = z
  .object({ format: z.literal(1), current: z.int().min(0).nullable(), procedures: z.array(procedure) })
  .refine(
    ({ current, procedures }) => current === null || current < procedures.length,
    "current names no procedure",
  );

/**
 * A name for what decides a baseline's numbers but for the seed: looks at its runs are looks at the same question.
 * @param identity of one of its runs.
 */
export function questionOf(identity: {
  readonly settings: unknown;
  readonly dataHash: string;
  readonly routerHash: string | null;
  readonly numerics: number;
}): string {
  const { settings, dataHash, routerHash, numerics } = identity;
  return hashJson({ settings, dataHash, routerHash, numerics }).slice(0, 12);
}

/**
 * Reads looks.json of a result folder.
 * @returns null without the file.
 * @throws InputError when it is damaged: without it nobody knows what was looked at.
 */
export function readLooks(folder: string): LooksRecord | null {
  const path = join(folder, FILE);
  if (!existsSync(path)) return null;
  const refuse = (why: string): InputError =>
    new InputError([
      {
        where: path,
        path: "",
        message: `is no record of looks (${why}); restore it, or delete it and give up what it says of looks taken`,
      },
    ]);
  try {
    const parsed = record.safeParse(JSON.parse(readFileSync(path, "utf8")));
    if (parsed.success) return parsed.data;
    throw refuse(parsed.error.issues[0]?.message ?? "unknown");
  } catch (error) {
    throw error instanceof InputError ? error : refuse(messageOf(error));
  }
}

/** Whether a result folder has a plan of looks, and nothing else yet: its experiment was interrupted before the first. */
export function isOnlyPlanned(folder: string): boolean {
  return existsSync(join(folder, FILE)) && !existsSync(join(folder, "experiment.json"));
}

/** Writes looks.json of a result folder. @throws the file system's error. */
export function writeLooks(folder: string, looks: LooksRecord): void {
  const procedures = looks.procedures.map(procedureLines);
  const body = procedures.length === 0 ? "[]" : `[\n${procedures.join(",\n")}\n  ]`;
  const text = `{\n  "format": 1,\n  "current": ${looks.current},\n  "procedures": ${body}\n}\n`;
  writeFileAtomic(join(folder, FILE), text);
}

/** One line a look, so that a change reads well in version control. */
function procedureLines({ question, alpha, taken, looks }: Procedure): string {
  const lines = looks.map((one) => `        ${JSON.stringify(one)}`).join(",\n");
  const head = [`"question": ${JSON.stringify(question)}`, `"alpha": ${alpha}`, `"taken": ${taken}`];
  return `    {\n${head.map((line) => `      ${line},\n`).join("")}      "looks": [\n${lines}\n      ]\n    }`;
}

import { z } from "zod";
import { integer, name, number, positive, setting, younger } from "./setting.ts";
import { INSTRUCTION_TASKS } from "./instructions.ts";
import { TASK_CORPORA } from "./tasks.ts";

/** The corpora that experiments train on by default. */
const DEFAULT_CORPORA = ["fiction", "speeches", "dictionary", "code", "arithmetic"] as const;

/** Shipped corpora, by the name that an experiment file uses. */
export const SHIPPED_CORPORA = [
  ...DEFAULT_CORPORA,
  ...(["countries", "rights", "scripts", "messages", "declarations", "compiler"] as const),
] as const;

/** Text of one kind as a file writes it: a domain that is named like a shipped corpus needs no more. */
export const writtenDomain = z
  .strictObject({
    name: name().describe("Name of the domain; the name of a shipped corpus or task needs nothing else."),
    weight: setting(positive(1e6), 1, "Share of the training sequences, relative to the other domains."),
    validationWeight: younger(
      setting(
        positive(1e6).nullable(),
        null,
        "Share of the validation loss, relative to the other domains; null or left out: the weight.",
      ),
      null,
    ),
    corpus: z
      .enum([...SHIPPED_CORPORA, ...TASK_CORPORA, ...INSTRUCTION_TASKS])
      .describe("Shipped corpus to read, synthetic task to draw, or task with instructions and answers.")
      .optional(),
    task: younger(
      setting(
        z.record(z.string(), z.number()).nullable(),
        null,
        'Difficulty of a synthetic task, e.g. {"stay": 0.9} (docs/model.md); what it leaves out has the task\'s default.',
      ),
      null,
    ),
    files: z
      .array(z.string().min(1).max(4096))
      .min(1)
      .describe("Your own UTF-8 files, or folders read with all below them; relative to this file.")
      .optional(),
  })
  .describe("Text of one kind: a shipped corpus, or files of your own.");

/** A domain whose source is settled: a shipped corpus, or absolute paths of files and folders (read with all below them). */
export const domain = writtenDomain.extend({
  corpus: z.string().nullable(),
  files: z.array(z.string()),
});

/** Text, its split, and the size of a batch. */
export const data = z
  .strictObject({
    domains: setting(
      z.array(writtenDomain).min(1).max(100),
      DEFAULT_CORPORA.map((corpus) => ({ name: corpus, weight: 1, validationWeight: null, task: null })),
      "The kinds of text; replaces the list of the base as a whole.",
    ),
    validationShare: setting(
      positive(0.9),
      0.05,
      "Share of each domain's bytes held out for validation, by document.",
    ),
    testShare: setting(positive(0.9), 0.05, "Share of each domain's bytes held out for test, by document."),
    sequenceLength: setting(integer(2, 65536), 64, "T, tokens a sequence."),
    batchSequences: setting(integer(1, 65536), 16, "B, sequences a batch."),
    validationTokens: setting(
      integer(1, 1e9),
      65_536,
      "Tokens of the final validation, divided over domains by weight.",
    ),
    vocabulary: younger(
      setting(
        integer(256, 65_536),
        256,
        "V, number of tokens: 256 are the bytes, more are byte pairs (byte-level BPE) trained on the training documents of all domains.",
      ),
      256,
    ),
    maxRepeats: younger(
      setting(
        integer(2, 1_000_000).nullable(),
        null,
        "Training documents in which a run of 1 to 13 words stands so many times in a row are left out (OLMoE: 32); null keeps all.",
      ),
      null,
    ),
    wordShareDomains: younger(
      setting(
        z.array(name()).min(1).max(100).nullable(),
        null,
        "Domains (OLMoE: code) whose training documents are left out where one word is more than 30 % of all, or two are more than 50 %.",
      ),
      null,
    ),
    fimRate: younger(
      setting(
        number(0, 1),
        0,
        "Share of the training sequences whose middle is moved to the end, to be filled in (Yuan 2.0: 0.5); validation text stays as it is.",
      ),
      0,
    ),
    fimSpm: younger(
      setting(
        number(0, 1),
        0.5,
        "Of those, the share that begins with the suffix, the others with the prefix.",
      ),
      0.5,
    ),
  })
  .describe("Text, its split, and the size of a batch.");

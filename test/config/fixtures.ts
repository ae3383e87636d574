import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { z } from "zod";
import { loadExperiment, type LoadedExperiment, type LoadOptions } from "../../src/config/load.ts";
import type { RouterSchema } from "../../src/config/settings.ts";
import { formatProblem, InputError } from "../../src/core/errors.ts";
import { temporaryFolder } from "../support/folder.ts";

const linear: RouterSchema = {
  name: "linear",
  options: z.strictObject({
    renormalise: z.boolean().default(true),
    frozen: z.boolean().default(false),
  }),
  problems: (options, model) => {
    if (model.topK > 1 || options["renormalise"] === false) return [];
    return [{ path: "model.topK", message: "is 1 with renormalised gates" }];
  },
};

const attention: RouterSchema = {
  name: "attention",
  options: z.strictObject({
    initScale: z.union([z.number().positive(), z.literal("match-linear")]).default(1),
    temperature: z.number().positive().default(1),
  }),
  problems: () => [],
};

const hash: RouterSchema = { name: "hash", options: z.strictObject({}), problems: () => [] };

/** Routers with the contract that config knows, free of tfjs. */
export const fakeRouters: ReadonlyMap<string, RouterSchema> = new Map(
  [linear, attention, hash].map((router) => [router.name, router]),
);

/** Runs a test with a folder that is gone afterwards. */
export async function withFolder<T>(test: (folder: string) => Promise<T>): Promise<T> {
  return test(temporaryFolder());
}

/** Loads an experiment given as text. */
export async function load(
  text: string | Uint8Array,
  options: Partial<LoadOptions> = {},
): Promise<LoadedExperiment> {
  return withFolder((folder) => {
    const file = join(folder, "x.json");
    writeFileSync(file, text);
    return loadExperiment(file, { routers: fakeRouters, ...options });
  });
}

/** The problems of an experiment given as text, as a person sees them, the file called `x`. */
export async function problemsOf(
  text: string | Uint8Array,
  options: Partial<LoadOptions> = {},
): Promise<readonly string[]> {
  return withFolder(async (folder) => {
    const file = join(folder, "x.json");
    writeFileSync(file, text);
    try {
      await loadExperiment(file, { routers: fakeRouters, ...options });
    } catch (error) {
      if (!(error instanceof InputError)) throw error;
      return error.problems.map((problem) => {
        return formatProblem(problem).replaceAll(file, "x").replaceAll(folder, "FOLDER");
      });
    }
    return [];
  });
}

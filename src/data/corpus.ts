import type { DataSettings } from "../config/settings.ts";
import { InputError } from "../core/errors.ts";
import { taskOf } from "./tasks/registry.ts";
import { taskCorpus } from "./tasks/task-corpus.ts";
import { textCorpus } from "./text-corpus.ts";
import type { Corpus } from "./types.ts";

/**
 * The tokens of an experiment: of text (text-corpus.ts), or of synthetic tasks (tasks/task-corpus.ts).
 * @param options.cacheFolder where prepared text is kept (see `defaultCacheFolder`); null keeps nothing.
 * @throws InputError with everything that is wrong with the user's files, or where text and tasks are mixed: their tokens
 * have nothing in common.
 */
export function loadCorpus(data: DataSettings, options: { readonly cacheFolder: string | null }): Corpus {
  const places = data.domains.flatMap(({ corpus }, index) => (taskOf(corpus) === undefined ? [] : [index]));
  if (places.length === 0) return textCorpus(data, options);
  if (places.length === data.domains.length) return taskCorpus(data);
  throw new InputError(
    places.map((index) => {
      const { name } = data.domains[index] ?? { name: "" };
      const message = `"${name}" is a synthetic task, whose tokens are no text; give it an experiment without domains of text`;
      return { where: "", path: `data.domains[${index}].corpus`, message };
    }),
  );
}

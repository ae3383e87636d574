import { isInstructions } from "../config/declared/instructions.ts";
import type { DataSettings } from "../config/settings.ts";
import { InputError } from "../core/errors.ts";
import { instructionCorpus } from "./instructions/instruction-corpus.ts";
import { taskOf } from "./tasks/registry.ts";
import { taskCorpus } from "./tasks/task-corpus.ts";
import { textCorpus } from "./text-corpus.ts";
import type { Corpus } from "./types.ts";

/** What a domain can be beside text, in words, and what makes the tokens of an experiment whose domains are all of that kind. */
const KINDS = [
  {
    is: (corpus: string | null) => taskOf(corpus) !== undefined,
    make: taskCorpus,
    words: "is a synthetic task, whose tokens are no text; give it an experiment without domains of text",
  },
  {
    is: isInstructions,
    make: instructionCorpus,
    words:
      "is a task with instructions, of which only the answers are learned; give it an experiment, or a stage, without other domains",
  },
] as const;

/**
 * The tokens of an experiment: of text (text-corpus.ts), of synthetic tasks (tasks/task-corpus.ts), or of instructions
 * (instructions/instruction-corpus.ts).
 * @param options.cacheFolder where prepared text is kept (see `defaultCacheFolder`); null keeps nothing.
 * @throws InputError with everything that is wrong with the user's files, or where kinds are mixed: their tokens
 * have nothing in common.
 */
export function loadCorpus(data: DataSettings, options: { readonly cacheFolder: string | null }): Corpus {
  const kinds = data.domains.map(({ corpus }) => KINDS.find(({ is }) => is(corpus)));
  const [first] = kinds;
  if (kinds.every((kind) => kind === first)) {
    return first === undefined ? textCorpus(data, options) : first.make(data);
  }
  throw new InputError(
    kinds.flatMap((kind, index) => {
      if (kind === undefined) return [];
      const { name } = data.domains[index] ?? { name: "" };
      return [{ where: "", path: `data.domains[${index}].corpus`, message: `"${name}" ${kind.words}` }];
    }),
  );
}

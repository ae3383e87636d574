import { askedRows, type AskedOutcome, type AskedRow } from "../../analysis/answers/asked-text.ts";
import type { ModelOf } from "../../analysis/routing/results.ts";
import { hashJson } from "../../core/json.ts";
import { clozeQuestions, type ClozeQuestion } from "../../data/questions/clozes.ts";
import { needleQuestions, type NeedleQuestion } from "../../data/questions/needles.ts";
import { CANDIDATES, textDomains, type QuestionText } from "../../data/questions/text-question.ts";
import type { Corpus, DomainTokens } from "../../data/types.ts";
import type { Engine } from "../../engine/types.ts";
import { chooseCandidates, saysAnswers } from "../../train/decoding/ask-text.ts";
import type { ModelToDecode } from "../../train/decoding/token-decoder.ts";
import type { OpenedRun } from "./open-model.ts";

/** What models are asked besides what their routers do. */
export interface AskedKinds {
  /** For statements hidden in held-out text. */
  readonly needle: boolean;
  /** How held-out text goes on. */
  readonly cloze: boolean;
}

/** The questions of a run's models. */
export interface TextQuestions {
  readonly needles: readonly NeedleQuestion[];
  readonly clozes: readonly ClozeQuestion[];
}

/**
 * Questions about the text that a run's models are looked at on.
 * @param domains its own and those that its parents learned.
 * @param note told why there are none.
 */
export function textQuestions(
  { run, spec, corpus }: OpenedRun,
  domains: readonly DomainTokens[],
  kinds: AskedKinds,
  note: (text: string) => void,
): TextQuestions {
  const none = { needles: [], clozes: [] };
  if (!kinds.needle && !kinds.cloze) return none;
  const say = (why: string): void => note(`${run.variant}: ${why}`);
  const text = questionText(corpus, domains, spec.sizes.T);
  if (spec.seesLabels) say("not asked: its router is told labels, which questions do not have");
  else if (text === null) say("not asked: its data is no text");
  if (spec.seesLabels || text === null) return none;
  const questions = {
    needles: kinds.needle ? needleQuestions(text) : [],
    clozes: kinds.cloze ? clozeQuestions(text) : [],
  };
  if (kinds.needle && questions.needles.length === 0)
    say(`no needles: sequences of ${text.length} tokens have no room for them`);
  return questions;
}

function questionText(
  { tokenizer }: Pick<Corpus, "tokenizer">,
  all: readonly DomainTokens[],
  length: number,
): QuestionText | null {
  const domains = textDomains(all);
  return tokenizer === null || domains.length === 0 ? null : { tokenizer, domains, length };
}

/** Right answers of a model, in every cell. */
export async function askModelOf(
  engine: Engine,
  of: ModelOf,
  model: ModelToDecode,
  { needles, clozes }: TextQuestions,
): Promise<readonly AskedRow[]> {
  const questions = [...needles, ...clozes];
  if (questions.length === 0) return [];
  const chosen = await chooseCandidates(engine, model, questions);
  const said = needles.length === 0 ? [] : await saysAnswers(engine, model, needles);
  const outcomes = questions.map((question, place): AskedOutcome => {
    const found = chosen[place] ?? { whole: false, perByte: false };
    return "domain" in question
      ? { kind: "cloze", domain: question.domain, length: null, depth: null, ...found, said: null }
      : {
          ...{ kind: "needle", domain: null, length: question.length, depth: question.depth },
          ...{ ...found, said: said[place] ?? false },
        };
  });
  const names = questions.map(({ candidates, right }) =>
    hashJson({ right, tokens: candidates.map(({ tokens }) => tokens) }),
  );
  return askedRows(of, outcomes, 1 / CANDIDATES, (places) =>
    hashJson(places.map((place) => names[place] ?? "")),
  );
}

import { streamOf } from "../../core/streams.ts";
import { END_BYTE } from "../../data/instructions/sequences.ts";
import type { Engine } from "../../engine/types.ts";
import type { SampleResults } from "../../records/results.ts";
import { type ChooseToken, continueTexts, drawnBy } from "./continue.ts";
import { createDecoder } from "./create-decoder.ts";
import { distinctShare, LONGEST_GRAM, selfBleu } from "./diversity.ts";
import { EACH, isRight, type Question } from "./questions.ts";
import type { ModelToDecode } from "./token-decoder.ts";

/** Samples that are drawn at a time. */
const ROWS = 64;

/**
 * Draws EACH answers to every question, from the streams `<seed>/samples/<question x EACH + sample>` at any temperature, and says how many are right and how
 * different they are (diversity.ts): a mean over questions, since samples of different questions differ anyway.
 * @param questions one at least; an answer is cut one token behind the longest right one of them.
 * @param temperature of softmax(logits / temperature), which answers are drawn from and the entropy is of; 0: the most probable tokens.
 */
export async function sampleAnswers(
  engine: Engine,
  model: ModelToDecode,
  questions: readonly Question[],
  temperature: number,
): Promise<SampleResults> {
  const all = questions.flatMap((question) => Array.from({ length: EACH }, () => question));
  const decoder = await createDecoder(engine, model, Math.min(ROWS, all.length));
  const { choose, drawn } = counted(drawnBy(streamOf(model.seed, "samples"), temperature), temperature);
  const said = await continueTexts(
    decoder,
    all.map(({ prompt }) => prompt),
    { choose, most: Math.max(...questions.map(({ answer }) => answer.length)) + 1, end: END_BYTE },
  );
  await decoder.dispose();
  const byQuestion = questions.map((question, index) => {
    const own = said.slice(index * EACH, (index + 1) * EACH);
    return {
      right: own.filter((one) => isRight(one, question)).length,
      texts: own.map(({ tokens }) => tokens),
    };
  });
  const mean = (values: readonly number[]): number =>
    values.reduce((sum, value) => sum + value, 0) / values.length;
  return {
    questions: questions.length,
    each: EACH,
    right: byQuestion.reduce((sum, { right }) => sum + right, 0),
    solved: byQuestion.filter(({ right }) => right > 0).length,
    distinct: Array.from({ length: LONGEST_GRAM }, (_, index) => {
      const shares = byQuestion.flatMap(({ texts }) => distinctShare(texts, index + 1) ?? []);
      return shares.length === 0 ? null : mean(shares);
    }),
    selfBleu: mean(byQuestion.map(({ texts }) => selfBleu(texts))),
    entropyNats: drawn.entropyNats / all.length,
    tokens: drawn.tokens / all.length,
  };
}

/**
 * Entropy of the distribution that a token is drawn from, nats. Summed over the tokens of a sample its mean is the entropy of whole answers (chain rule), with
 * less spread than -ln p of what was drawn, and without the bias of counting samples.
 * @param logits [V]
 * @param temperature that they are divided by; at 0 nothing is left to chance.
 */
export function entropyOf(logits: Float32Array, temperature: number): number {
  if (temperature === 0) return 0;
  const largest = logits.reduce((most, logit) => Math.max(most, logit), -Infinity);
  let [total, weighted] = [0, 0];
  for (const logit of logits) {
    const above = (logit - largest) / temperature;
    const weight = Math.exp(above);
    total += weight;
    weighted += weight * above;
  }
  return Math.log(total) - weighted / total;
}

/** A choice of tokens that counts them, those that end an answer too, and sums the entropies of what they are drawn from. */
function counted(
  draw: ChooseToken,
  temperature: number,
): {
  readonly choose: ChooseToken;
  readonly drawn: { readonly tokens: number; readonly entropyNats: number };
} {
  const drawn = { tokens: 0, entropyNats: 0 };
  const choose: ChooseToken = (logits, row) => {
    drawn.tokens += 1;
    drawn.entropyNats += entropyOf(logits, temperature);
    return draw(logits, row);
  };
  return { choose, drawn };
}

import type { Stream } from "../../core/streams.ts";
import type { TokenDecoder } from "./token-decoder.ts";

/** Chooses a next token by its logits [V]; `row` is the number of the prompt. */
export type ChooseToken = (logits: Float32Array, row: number) => number;

/** How far texts are continued. */
export interface ContinueOptions {
  readonly choose: ChooseToken;
  /** Tokens of each, at most; a full sequence ends it too. */
  readonly most: number;
  /** A token that ends a text, itself not a part of it; null where none does. */
  readonly end: number | null;
}

/** What a model said behind one prompt. */
export interface Continuation {
  readonly tokens: readonly number[];
  /** Whether it came to an end by itself. */
  readonly isEnded: boolean;
}

/**
 * Lets a model continue prompts, `decoder.rows` at a time.
 * @param prompts token ids, at least one each and at most T.
 */
export async function continueTexts(
  decoder: TokenDecoder,
  prompts: readonly ArrayLike<number>[],
  options: ContinueOptions,
): Promise<readonly Continuation[]> {
  const { rows, length } = decoder;
  for (const prompt of prompts) {
    if (prompt.length === 0 || prompt.length > length) {
      throw new Error(`a prompt has ${prompt.length} tokens; there is room for 1 to ${length}`);
    }
  }
  const done: Continuation[] = [];
  for (let first = 0; first < prompts.length; first += rows) {
    done.push(...(await continueRows(decoder, prompts.slice(first, first + rows), { ...options, first })));
  }
  return done;
}

/** The most probable token; of equally probable ones the lower id. */
export function mostProbable(logits: Float32Array): number {
  let best = 0;
  for (let token = 1; token < logits.length; token++) {
    if ((logits[token] ?? -Infinity) > (logits[best] ?? -Infinity)) best = token;
  }
  return best;
}

/**
 * Draws by softmax(logits / temperature), from a stream of each row: `<stream>/<row>`. Temperature 0 is the most probable one.
 * @param stream whose children are used
 */
export function drawnBy(stream: Stream, temperature: number): ChooseToken {
  if (temperature === 0) return mostProbable;
  const streams = new Map<number, Stream>();
  return (logits, row) => {
    const own = streams.get(row) ?? stream.fork(row);
    streams.set(row, own);
    const largest = logits.reduce((most, logit) => Math.max(most, logit), -Infinity);
    const weights = Float64Array.from(logits, (logit) => Math.exp((logit - largest) / temperature));
    let left = own.uniform() * weights.reduce((sum, weight) => sum + weight, 0);
    for (const [token, weight] of weights.entries()) {
      left -= weight;
      if (left < 0) return token;
    }
    return mostProbable(logits);
  };
}

async function continueRows(
  decoder: TokenDecoder,
  prompts: readonly ArrayLike<number>[],
  { choose, most, end, first }: ContinueOptions & { readonly first: number },
): Promise<readonly Continuation[]> {
  const { rows, length } = decoder;
  const said = prompts.map((): { tokens: number[]; isEnded: boolean } => ({ tokens: [], isEnded: false }));
  const isOpen = (row: number): boolean => {
    const { tokens = [], isEnded = true } = said[row] ?? {};
    // The token behind a full sequence can be said still, since nothing has to follow it.
    return !isEnded && tokens.length < most && (prompts[row]?.length ?? 0) + tokens.length <= length;
  };
  const newest = new Int32Array(rows);
  decoder.begin();
  for (let position = 0; position < length; position++) {
    for (const [row, prompt] of prompts.entries()) {
      newest[row] =
        (position < prompt.length ? prompt[position] : said[row]?.tokens[position - prompt.length]) ?? 0;
    }
    const asked = prompts.flatMap((prompt, row) =>
      position >= prompt.length - 1 && isOpen(row) ? [row] : [],
    );
    const logits = await decoder.next(newest, asked.length > 0);
    for (const row of asked) {
      const own = said[row];
      const V = logits.length / rows;
      const token = choose(logits.subarray(row * V, (row + 1) * V), first + row);
      if (own === undefined) continue;
      if (token === end) own.isEnded = true;
      else own.tokens.push(token);
    }
    if (prompts.every((_, row) => !isOpen(row))) break;
  }
  return said;
}

import { streamOf, type Stream } from "../../core/streams.ts";
import {
  emptySequences,
  inverse,
  permutation,
  sequenceStream,
  type LabelledSequences,
  type SequenceSize,
} from "./task.ts";

/** Difficulty of the tasks in which the rule of a token is hidden, or a function of the token. */
export type RuleProcessOptions = {
  /** V, symbols. */
  readonly vocabulary: number;
  /** R, rules. */
  readonly rules: number;
  /** Chance that the hidden rule stays from a token to the next; else it becomes one of the others, all alike. */
  readonly stay: number;
  /** b, symbols that a rule allows after a symbol. */
  readonly branches: number;
  /** Chance that the next symbol is any symbol instead. */
  readonly noise: number;
  /** Chance that the rules of a sequence are hidden; else each token names its own. */
  readonly hiddenShare: number;
};

/**
 * The process behind three tasks. R permutations pi_z of V symbols make R transition matrices
 *
 *     P_z(x, y) = p[(pi_z(y) - pi_z(x)) mod V],   p[k] = (1 - noise) / b * [1 <= k <= b] + noise / V,
 *
 * a circulant matrix under the permutation: every row and every column is p in some order. A sequence starts with a
 * uniform symbol. With chance `hiddenShare` its rule is hidden: z_0 uniform, z_(t+1) = z_t with chance `stay`, else one of the
 * other R - 1; and x_(t+1) ~ P_(z_t)(x_t, .). Else the rule is the token's own: z_t = c(x_t), c(x) = place of x in a random
 * permutation modulo R (that of the hash router's first table, so that E = R and K = 1 give it exactly).
 *
 * Columns of P_z sum to 1, so in a hidden sequence every symbol stays uniform whatever the rules were: I(x_t; z_0 .. z_t) = 0, a
 * token tells nothing of its rule. In the other kind the rule is a function of the token.
 */
export interface RuleProcess {
  /** P_z(x, y). */
  readonly transition: Transition;
  /** c(x). */
  readonly ruleOfToken: (token: number) => number;
}

/** Tables of a task, drawn from `0/<task>/rules/<z>`, and c from `0/hash/0`. */
export function ruleProcess(task: string, options: RuleProcessOptions): RuleProcess {
  const { vocabulary: V } = options;
  const { places, clusters } = tablesOf(task, options);
  const p = stepChances(options);
  return {
    transition: (rule, from, to) => {
      const table = places[rule] ?? new Int32Array(0);
      return p[((table[to] ?? 0) - (table[from] ?? 0) + V) % V] ?? 0;
    },
    ruleOfToken: (token) => clusters[token] ?? 0,
  };
}

/** Draws sequences, each from a stream of its own, with the forward filter's prediction. */
export function drawRuleProcess(
  task: string,
  options: RuleProcessOptions,
  size: SequenceSize,
): LabelledSequences {
  const drawn = emptySequences(size, options.vocabulary);
  const tables = tablesOf(task, options);
  const chances = transitionTable(options, ruleProcess(task, options).transition);
  const { sequenceTokens } = size;
  for (let sequence = 0; sequence < size.sequences; sequence++) {
    const row = { start: sequence * sequenceTokens, length: sequenceTokens };
    const into = { ...drawn, ...row };
    drawSequence(sequenceStream(task, sequence), options, tables, into);
    filterSequence(options, chances, tables.clusters, into);
  }
  return drawn;
}

/** H(p), nats: what the next symbol costs one who knows the rule, in every state. */
export function knownRuleNats(options: RuleProcessOptions): number {
  return stepChances(options).reduce(
    (sum, chance) => (chance > 0 ? sum - chance * Math.log(chance) : sum),
    0,
  );
}

type Transition = (rule: number, from: number, to: number) => number;

interface Tables {
  /** pi_z(x), by rule. */
  readonly places: readonly Int32Array[];
  /** The symbol at a place, by rule. */
  readonly symbols: readonly Int32Array[];
  /** c(x). */
  readonly clusters: Int32Array;
}

/** The arrays, and the row of them that is one sequence. */
interface SequenceRow extends LabelledSequences {
  readonly start: number;
  readonly length: number;
}

function tablesOf(task: string, { vocabulary: V, rules: R }: RuleProcessOptions): Tables {
  const symbols = Array.from({ length: R }, (_, rule) => permutation(streamOf(0, task, "rules", rule), V));
  return {
    symbols,
    places: symbols.map(inverse),
    clusters: inverse(permutation(streamOf(0, "hash", 0), V)).map((place) => place % R),
  };
}

/** p. */
function stepChances({ vocabulary: V, branches: b, noise }: RuleProcessOptions): Float64Array {
  return Float64Array.from(
    { length: V },
    (_, step) => (step % V >= 1 && step <= b ? (1 - noise) / b : 0) + noise / V,
  );
}

function drawSequence(
  stream: Stream,
  options: RuleProcessOptions,
  { places, symbols, clusters }: Tables,
  { tokens, labels, start, length }: SequenceRow,
): void {
  const { vocabulary: V, rules: R, stay, branches, noise, hiddenShare } = options;
  const isHidden = stream.uniform() < hiddenShare;
  let hidden = stream.integer(R);
  let token = stream.integer(V);
  for (let index = start; index < start + length; index++) {
    const rule = isHidden ? hidden : (clusters[token] ?? 0);
    tokens[index] = token;
    labels[index] = rule;
    if (stream.uniform() < noise) token = stream.integer(V);
    else {
      const place = (places[rule]?.[token] ?? 0) + 1 + stream.integer(branches);
      token = symbols[rule]?.[place % V] ?? 0;
    }
    if (stream.uniform() >= stay) hidden = (hidden + 1 + stream.integer(R - 1)) % R;
  }
}

/**
 * Fills in -ln of the forward filter's prediction. With w_z = P(hidden, z_t = z | x_0 .. x_t) and v = P(rule of the token | x_0 .. x_t):
 *
 *     P(x_(t+1) = y | x_0 .. x_t) = sum_z w_z P_z(x_t, y) + v P_c(x_t)(x_t, y)
 *
 * then each weight times its factor over that sum, and w moves on by the chain of z.
 */
function filterSequence(
  { vocabulary: V, rules: R, stay, hiddenShare }: RuleProcessOptions,
  chances: Float64Array,
  clusters: Int32Array,
  { tokens, bestNats, start, length }: SequenceRow,
): void {
  const moves = (1 - stay) / (R - 1);
  const hidden = new Float64Array(R).fill(hiddenShare / R);
  let own = 1 - hiddenShare;
  for (let index = start; index < start + length - 1; index++) {
    const from = tokens[index] ?? 0;
    const at = (from * V + (tokens[index + 1] ?? 0)) * R;
    own *= chances[at + (clusters[from] ?? 0)] ?? 0;
    let prediction = own;
    for (let rule = 0; rule < R; rule++) {
      const weight = (hidden[rule] ?? 0) * (chances[at + rule] ?? 0);
      hidden[rule] = weight;
      prediction += weight;
    }
    bestNats[index + 1] = -Math.log(prediction);
    const allHidden = prediction - own;
    own /= prediction;
    for (let rule = 0; rule < R; rule++) {
      const weight = hidden[rule] ?? 0;
      hidden[rule] = (stay * weight + moves * (allHidden - weight)) / prediction;
    }
  }
}

/** P_z(x, y), row-major [V, V, R]. */
function transitionTable(
  { vocabulary: V, rules: R }: RuleProcessOptions,
  transition: Transition,
): Float64Array {
  const table = new Float64Array(V * V * R);
  for (let index = 0; index < table.length; index++) {
    const pair = Math.floor(index / R);
    table[index] = transition(index % R, Math.floor(pair / V), pair % V);
  }
  return table;
}

import { shuffle } from "../core/shuffle.ts";
import type { Stream } from "../core/streams.ts";
import type { TaskResults } from "../records/results.ts";

/** Which experts processed the tokens of a batch, and what the data knows of these. */
export interface RoutedBatch {
  /** [L, S, E], 1 where the expert processed the token, else 0. */
  readonly chosen: ArrayLike<number>;
  /** [S] */
  readonly labels: Int32Array;
}

/** Shuffles whose mean is what chance gives. */
const SHUFFLES = 10;

/** One token's assignment to an expert in a layer; `token` counts over all batches. */
interface Assigned {
  readonly token: number;
  readonly expert: number;
}

/**
 * How much experts tell of labels: mutual information in nats over the assignments of a layer,
 * I = sum over (e, l) of p(e, l) ln(p(e, l) / (p(e) p(l))), mean over layers. A layer that assigned nothing tells nothing.
 * Finite counts give more than zero where nothing is told, so the same is measured with labels shuffled over tokens.
 * @param shape layers L and experts E.
 */
export function labelInformation(
  batches: readonly RoutedBatch[],
  shape: { readonly layers: number; readonly experts: number },
  stream: Stream,
): Omit<TaskResults, "optimumNats"> {
  const labels = batches.flatMap((batch) => Array.from(batch.labels));
  const layers = Array.from({ length: shape.layers }, (_, layer) =>
    assignedIn(batches, layer, shape.experts),
  );
  const information = (ofToken: readonly number[]): number =>
    mean(
      layers.map((assigned) =>
        mutualInformation(assigned.map(({ token, expert }) => [expert, ofToken[token] ?? 0])),
      ),
    );
  const shuffled = [...labels];
  const chance = Array.from({ length: SHUFFLES }, () => {
    shuffle(shuffled, stream);
    return information(shuffled);
  });
  return {
    labelNats: mutualInformation(labels.map((label) => [label, label])),
    informationNats: information(labels),
    shuffledInformationNats: mean(chance),
  };
}

function assignedIn(batches: readonly RoutedBatch[], layer: number, E: number): Assigned[] {
  const found: Assigned[] = [];
  let first = 0;
  for (const { chosen, labels } of batches) {
    const S = labels.length;
    for (let s = 0; s < S; s++) {
      for (let expert = 0; expert < E; expert++) {
        if (chosen[(layer * S + s) * E + expert] === 1) found.push({ token: first + s, expert });
      }
    }
    first += S;
  }
  return found;
}

/** Of the two coordinates of pairs, plug-in estimate, nats. */
function mutualInformation(pairs: readonly (readonly [number, number])[]): number {
  const joint = new Map<number, number>();
  const rows = new Map<number, number>();
  const columns = new Map<number, number>();
  const count = (of: Map<number, number>, key: number): void => void of.set(key, (of.get(key) ?? 0) + 1);
  for (const [row, column] of pairs) {
    count(joint, row * LABELS + column);
    count(rows, row);
    count(columns, column);
  }
  let sum = 0;
  for (const [key, both] of joint) {
    const alone = (rows.get(Math.floor(key / LABELS)) ?? 0) * (columns.get(key % LABELS) ?? 0);
    sum += (both / pairs.length) * Math.log((both * pairs.length) / alone);
  }
  return sum;
}

/** Labels are bytes. */
const LABELS = 256;

function mean(values: readonly number[]): number {
  return values.reduce((sum, value) => sum + value, 0) / values.length;
}

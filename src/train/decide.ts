import type { Corpus, EvaluationBatch } from "../data/types.ts";
import { sizeOf } from "../core/axes.ts";
import type { Executable, HostArray, HostTensors } from "../engine/types.ts";
import { NAMES } from "../model/programs.ts";
import type { ModelSpec } from "../model/spec.ts";
import type { Decisions, LayerDecisions } from "../records/decisions.ts";
import { collectMeasures, type TokenMeasure } from "./collect-measures.ts";
import { evaluationFeeds } from "./feeds.ts";
import type { Checkpoint } from "./types.ts";

/** Decisions of a model, and what it made of every token. */
export interface Decided {
  readonly decisions: Decisions;
  /** [n], loss of the token that came, nats. */
  readonly lossNats: Float32Array;
  /** [n], probability of the token that the model thinks most probable. */
  readonly confidence: Float32Array;
  /** The router's named matrices, mean over the tokens of each domain. */
  readonly matrices: readonly DomainMatrix[];
  /** [L] of [n, E], the routers' probabilities, where they were asked for; null for a router that has none. */
  readonly probs: readonly (Float32Array | null)[];
  /** What the routers declare of every token. */
  readonly measures: readonly TokenMeasure[];
}

/** A named matrix of one layer over the tokens of a domain, row-major. */
export interface DomainMatrix {
  readonly name: string;
  readonly layer: number;
  readonly domain: string;
  readonly columns: number;
  readonly values: Float64Array;
}

/** The layers of a model that have experts, from the lowest. */
function routedLayersOf({ settings: { model } }: Pick<ModelSpec, "settings">): readonly number[] {
  return Array.from({ length: model.layers - model.denseLayers }, (_, index) => model.denseLayers + index);
}

/** The numbers of a checkpoint as inputs of a model's programs. @throws Error where one is missing or has another size. */
export function inputsOf(spec: ModelSpec, { tensors }: Checkpoint): Record<string, HostArray> {
  const named = (prefix: string, names: readonly string[]): [string, HostArray][] =>
    names.map((name) => {
      const tensor = tensors[`${prefix}/${name}`];
      if (tensor === undefined) throw new Error(`the weights have no ${prefix}/${name}`);
      return [`${prefix}/${name}`, tensor.values];
    });
  return Object.fromEntries([
    ...named("parameters", Object.keys(spec.parameters)),
    ...named("state", Object.keys(spec.state)),
  ]);
}

/** Whose decisions are asked for. */
interface AskedModel {
  readonly spec: ModelSpec;
  readonly seed: number;
  readonly corpus: Pick<Corpus, "domains">;
  /** Whether the routers' probabilities are handed on too. */
  readonly keepsProbs?: boolean;
}

/**
 * Runs `decisionProgram` over fixed batches.
 * @param executable of the program.
 * @param inputs of `inputsOf`.
 */
export async function decide(
  executable: Executable,
  { spec, seed, corpus, keepsProbs = false }: AskedModel,
  batches: readonly EvaluationBatch[],
  inputs: Readonly<Record<string, HostArray>>,
): Promise<Decided> {
  const { B, T, E, K } = spec.sizes;
  const S = B * T;
  const n = batches.length * S;
  const layers = routedLayersOf(spec).map((layer) =>
    collectLayer(layer, n, { E, K, domains: corpus.domains.length }),
  );
  const domains = corpus.domains.map(({ name }) => name);
  const ids = { input: new Int32Array(n), predicted: new Int32Array(n), next: new Int32Array(n) };
  const [lossNats, confidence] = [new Float32Array(n), new Float32Array(n)];
  const domain = new Uint16Array(n);
  const matrices = collectMatrices(spec);
  const kept: (Float32Array | null)[] = layers.map(() => null);
  const measures = collectMeasures(spec, routedLayersOf(spec), n);
  for (const [index, batch] of batches.entries()) {
    const outputs = await executable.run({ ...inputs, ...evaluationFeeds(spec, batch, seed, index) });
    const of = (name: string): HostArray => outputs[name] ?? new Float32Array(0);
    const place = domains.indexOf(batch.domain);
    domain.fill(place, index * S, (index + 1) * S);
    ids.input.set(batch.inputs, index * S);
    ids.next.set(batch.targets, index * S);
    ids.predicted.set(of(NAMES.predicted), index * S);
    lossNats.set(of(NAMES.tokenLoss), index * S);
    confidence.set(of(NAMES.confidence), index * S);
    matrices.add(batch.domain, outputs);
    measures.add(index * S, outputs);
    for (const [row, layer] of layers.entries()) {
      const probs = outputs[NAMES.probs(row)];
      if (keepsProbs && probs !== undefined) {
        (kept[row] ??= new Float32Array(n * E)).set(probs, index * S * E);
      }
      const part = (name: string): HostArray | null =>
        outputs[name]?.subarray(row * S * E, (row + 1) * S * E) ?? null;
      layer.add(S, place, {
        chosen: part(NAMES.chosen) ?? [],
        gates: part(NAMES.gates) ?? [],
        probs: probs ?? null,
      });
    }
  }
  const sequence = Uint32Array.from({ length: n }, (_, t) => Math.floor(t / T));
  const decisions = {
    ...{ experts: E, domains, domain, sequence, ids },
    layers: layers.map((layer) => layer.taken()),
  };
  return {
    decisions,
    lossNats,
    confidence,
    matrices: matrices.taken(),
    probs: kept,
    measures: measures.taken(),
  };
}

/** Means of the router's matrices over the batches of each domain. */
function collectMatrices(spec: ModelSpec): {
  add: (domain: string, outputs: HostTensors) => void;
  taken: () => DomainMatrix[];
} {
  const sums = new Map<string, { batches: number; of: Record<string, Float64Array> }>();
  const withExperts = routedLayersOf(spec).map(
    (layer) => [layer, spec.routers[layer]?.matrices ?? {}] as const,
  );
  const names = [...new Set(withExperts.flatMap(([, own]) => Object.keys(own)))];
  return {
    add: (domain, outputs) => {
      const sum = sums.get(domain) ?? { batches: 0, of: {} };
      sums.set(domain, sum);
      sum.batches += 1;
      for (const name of names) {
        const values = outputs[NAMES.matrix(name)] ?? new Float32Array(0);
        const total = (sum.of[name] ??= new Float64Array(values.length));
        values.forEach((value, index) => (total[index] = (total[index] ?? 0) + value));
      }
    },
    taken: () =>
      [...sums].flatMap(([domain, { batches, of }]) =>
        names.flatMap((name) => {
          let start = 0;
          return withExperts.flatMap(([layer, own]): DomainMatrix[] => {
            const shape = own[name];
            if (shape === undefined) return [];
            const sums = (of[name] ?? new Float64Array(0)).slice(start, (start += sizeOf(shape)));
            const values = sums.map((sum) => sum / batches);
            return [{ name, layer, domain, columns: shape[1] ?? 1, values }];
          });
        }),
      ),
  };
}

/** Tables [S, E] of one layer and batch. */
interface LayerTables {
  /** 1 where the expert processes the token. */
  readonly chosen: ArrayLike<number>;
  readonly gates: ArrayLike<number>;
  readonly probs: ArrayLike<number> | null;
}

/** Makes rows of tables, batch by batch. */
function collectLayer(
  layer: number,
  n: number,
  { E, K, domains }: { readonly E: number; readonly K: number; readonly domains: number },
): { add: (tokens: number, domain: number, tables: LayerTables) => void; taken: () => LayerDecisions } {
  const first = new Uint32Array(n + 1);
  const experts: number[] = [];
  const gates: number[] = [];
  const [entropyNats, margin] = [new Float32Array(n), new Float32Array(n)];
  const sums = Array.from({ length: domains }, () => ({ tokens: 0, probs: new Float64Array(E) }));
  let [token, hasProbs] = [0, false];
  return {
    add: (tokens, domain, tables) => {
      const sum = sums[domain] ?? { tokens: 0, probs: [] };
      sum.tokens += tokens;
      for (let s = 0; s < tokens; s++, token++) {
        const ranked = rankedExperts(tables, s * E, E);
        for (const e of ranked) {
          experts.push(e);
          gates.push(tables.gates[s * E + e] ?? 0);
        }
        first[token + 1] = experts.length;
        if (tables.probs === null) continue;
        hasProbs = true;
        const probs = Array.from({ length: E }, (_, e) => tables.probs?.[s * E + e] ?? 0);
        entropyNats[token] = probs.reduce((sum, p) => (p > 0 ? sum - p * Math.log(p) : sum), 0);
        for (const [e, p] of probs.entries()) sum.probs[e] = (sum.probs[e] ?? 0) + p;
        const sorted = probs.sort((a, b) => b - a);
        margin[token] = (sorted[K - 1] ?? 0) - (sorted[K] ?? 0);
      }
    },
    taken: () => ({
      ...{ layer, first, expert: Uint16Array.from(experts), gate: Float32Array.from(gates) },
      ...(hasProbs
        ? { entropyNats, margin, meanProbs: sums.map(({ tokens, probs }) => probs.map((p) => p / tokens)) }
        : { entropyNats: null, margin: null, meanProbs: null }),
    }),
  };
}

/** A token's experts, the largest gate first; of equal gates the lower number. */
function rankedExperts({ chosen, gates }: LayerTables, start: number, E: number): number[] {
  const own: number[] = [];
  for (let e = 0; e < E; e++) if (chosen[start + e] === 1) own.push(e);
  return own.sort((a, b) => (gates[start + b] ?? 0) - (gates[start + a] ?? 0) || a - b);
}

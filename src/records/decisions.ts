/** What an id of a position is: the token itself, the one that the model thinks most probable next, and the one that came. */
export const ID_KINDS = ["input", "predicted", "next"] as const;
export type IdKind = (typeof ID_KINDS)[number];

/** Who processed which token in one layer. Token t has rows `first[t]` to `first[t + 1] - 1`, the largest gate first. */
export interface LayerDecisions {
  /** Number of the layer in the model, from 0. */
  readonly layer: number;
  /** [n + 1] */
  readonly first: Uint32Array;
  /** [R], distinct within a token. */
  readonly expert: Uint16Array;
  /** [R], weight of the expert; null where it is not known. */
  readonly gate: Float32Array | null;
  /** [n], of the router's probabilities over all experts, nats; null where there are none. */
  readonly entropyNats: Float32Array | null;
  /** [n], K-th largest probability less the next one; null where there are none. */
  readonly margin: Float32Array | null;
  /** [domains, E], the router's probabilities, mean over a domain's tokens; null where there are none. */
  readonly meanProbs: readonly Float64Array[] | null;
}

/** Routing decisions of one model on n tokens. */
export interface Decisions {
  /** E. */
  readonly experts: number;
  readonly domains: readonly string[];
  /** [n], place among the domains. */
  readonly domain: Uint16Array;
  /** [n], number of the sequence that the token stands in; null where it is not known. */
  readonly sequence: Uint32Array | null;
  /** [n] each; those that are known. */
  readonly ids: Readonly<Partial<Record<IdKind, Int32Array>>>;
  /** Layers with experts, from the lowest. */
  readonly layers: readonly LayerDecisions[];
}

/** How often the experts of a layer were chosen for the tokens of a domain. */
export interface DomainCounts {
  readonly domain: string;
  /** Tokens of the domain. */
  readonly tokens: number;
  /** [E], tokens sent to each. */
  readonly assigned: ArrayLike<number>;
}

/** The same of all domains. */
export interface LayerCounts {
  readonly layer: number;
  readonly domains: readonly DomainCounts[];
}

import type { DomainMatrix } from "../../train/decide.ts";
import type { AskedRow } from "../answers/asked-text.ts";
import type { SampledRow } from "../answers/equal-entropy.ts";
import type { ExpertPair } from "./co-activation.ts";
import type { Flow } from "./flow.ts";
import type { GradientRow } from "./gradients.ts";
import type { RunMeasure } from "./over-seeds.ts";
import type { PairedTokens } from "./paired-tokens.ts";
import type { PositionLoss } from "./positions.ts";

/** Which model a row is of. */
export interface ModelOf {
  readonly variant: string;
  readonly seed: number;
  /** Steps and tokens trained. */
  readonly step: number;
  readonly trained: number;
}

/** Assignments of one expert in one domain. */
export interface ExpertRow extends ModelOf {
  readonly layer: number;
  readonly domain: string;
  readonly expert: number;
  /** Tokens of the domain, and those sent to the expert. */
  readonly tokens: number;
  readonly assigned: number;
  /** k / E: the share of tokens at an even load. */
  readonly even: number;
}

/** What stored runs tell of their routing. */
export interface RoutingAnalysis {
  readonly measures: readonly RunMeasure[];
  readonly experts: readonly ExpertRow[];
  /** At the end of training. */
  readonly pairs: readonly (ModelOf & { readonly layer: number } & ExpertPair)[];
  readonly flows: readonly (ModelOf & { readonly lower: number; readonly upper: number } & Flow)[];
  readonly matrices: readonly (ModelOf & DomainMatrix)[];
  /** At the end of training: the loss by how much the model sees. */
  readonly positions: readonly (ModelOf & PositionLoss)[];
  /** Sizes of gradients, of every model. */
  readonly gradients: readonly (ModelOf & GradientRow)[];
  /** At the end of training: variants against the baseline of the same seed, token by token. */
  readonly paired: readonly PairedTokens[];
  /** At the end of training, and where a run went on at its start: answers to questions about text, where somebody asked. */
  readonly asked: readonly AskedRow[];
  /** At the end of training: answers drawn at several temperatures, where somebody asked. */
  readonly samples: readonly SampledRow[];
  /** Tokens looked at, in each model. */
  readonly tokens: number;
}

import type { DeclaredObjective } from "../config/declared/objective.ts";
import type { Tensor } from "../engine/types.ts";

/** What an objective is given of a batch. Row-major [B, T], flat: S = B * T. */
export interface ObjectiveBatch {
  readonly B: number;
  readonly T: number;
  /** [S] int32, the tokens to predict. */
  readonly targets: Tensor;
  /** [S], 1 where the target is of an answer, else 0; only for objectives that need answers or pairs. */
  readonly weights: Tensor | undefined;
  /** [B], log-probability of each row's answer under the frozen parent, nats; only for objectives that have a reference. */
  readonly reference: Tensor | undefined;
}

/** What an objective makes of logits and a batch. */
interface ObjectiveResult {
  /** What is differentiated; scalar. */
  readonly loss: Tensor;
  /** Mean language-model loss of the tokens that are learned, nats a token, whatever is differentiated; scalar. */
  readonly nats: Tensor;
  /** A scalar for each number that the objective declares, by its name. */
  readonly reported: Readonly<Record<string, Tensor>>;
}

/**
 * One way to train: a pure function of logits, as a router is one of tokens. Its options, and what it needs of a batch, are settings'
 * business too and declared in config/declared/objective.ts.
 */
export interface Objective {
  /** Paper and equation. */
  readonly paper: string;
  /** Numbers that it reports besides its loss, each with what it is, in which unit. */
  readonly reports: Readonly<Record<string, string>>;
  /**
   * @param logits [S, V]
   * @param options those that are declared, all present
   */
  loss(logits: Tensor, batch: ObjectiveBatch, options: Readonly<Record<string, number>>): ObjectiveResult;
}

/** An objective with the options that settings give it. */
export interface BoundObjective extends Pick<DeclaredObjective, "needs" | "hasReference"> {
  /** Names of the numbers that it reports. */
  readonly reports: readonly string[];
  /** @param logits [S, V] */
  loss(logits: Tensor, batch: ObjectiveBatch): ObjectiveResult;
}

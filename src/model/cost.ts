/** Cost of a model: formulas of model/cost.ts. */
export interface Cost {
  /** Trained and frozen parameters, embeddings included. */
  readonly totalParameters: number;
  /** Those that one token meets. */
  readonly activeParameters: number;
  /** Forward FLOPs a token (multiply-add = 2). */
  readonly forwardFlopsPerToken: number;
}

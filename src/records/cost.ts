/** Parameters and computing time of a model (model/cost.ts). */
export interface Cost {
  /** Trained and frozen parameters, embeddings included. */
  readonly totalParameters: number;
  /** Those that one token meets: all but the routed experts it is not sent to. */
  readonly activeParameters: number;
  /** Forward FLOPs a token (multiply-add = 2), matrix multiplies only, attention over the full sequence length. */
  readonly forwardFlopsPerToken: number;
}

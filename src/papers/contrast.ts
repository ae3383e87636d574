/** What is published of one difference between models, as data: a file each in calibration/. Percent are of the cross-entropy; + is worse. */

/** How a number came to us. */
type ContrastSource =
  /** In the text or a table of the paper. */
  | "read"
  /** Computed from losses or perplexities that are printed there. */
  | "computed"
  /** From the authors' figures or files. */
  | "digitised"
  /** In a public repository, without a paper. */
  | "repository";

/** One measurement that somebody published. */
interface PublishedEffect {
  /** Change of the loss, percent. */
  readonly percent: number;
  readonly source: string;
  readonly how: ContrastSource;
  /** Parameters, tokens, experts, seeds: how large it was. */
  readonly scale: string;
}

/** A contrast of two variants of experiments/calibration.json. */
export interface Contrast {
  readonly name: string;
  /** Names it in a table's first column. */
  readonly label: string;
  /** A sentence without a full stop. */
  readonly claim: string;
  readonly variant: string;
  readonly against: string;
  /**
   * What is asked of a regime: `effect` that it shows the published direction, `no effect` that it shows none; `contested` ones are shown and not
   * scored, since sources contradict each other; `shown` ones stand beside the gate that they belong to.
   */
  readonly gate: "effect" | "no effect" | "contested" | "shown";
  readonly published: readonly PublishedEffect[];
  /** Who repeated it, who found otherwise, and how ours differs from theirs. */
  readonly notes: readonly string[];
}

/** Least and largest published effect, percent. */
export function publishedRange({ published }: Contrast): { readonly least: number; readonly most: number } {
  const all = published.map(({ percent }) => percent);
  return { least: Math.min(...all), most: Math.max(...all) };
}

/** What the page's curves are drawn from in the browser (client/curves.js): plain data, handed over as JSON. */
export interface PageCurves {
  readonly series: readonly PageSeries[];
  /** What can be shown, the first of them at first. */
  readonly measures: readonly Measure[];
}

/** A variant. */
interface PageSeries {
  readonly name: string;
  readonly label: string;
  /** `#rrggbb`. */
  readonly color: string;
  readonly dash: readonly number[];
}

/** One thing that is drawn against training tokens. */
export interface Measure {
  readonly id: string;
  readonly label: string;
  readonly unit: string;
  /** Digits after the point. */
  readonly digits: number;
  readonly isSigned: boolean;
  /** What the band around a mean is. */
  readonly band: string;
  /** By variant name; points are [training tokens, mean, low, high]. */
  readonly curves: Readonly<Record<string, readonly (readonly [number, number, number, number])[]>>;
}

/** A closed path of curves alone, as the canvas writes a circle: 72 of them. */
const ROUND = /<path([^>]*) d="M([\d.-]+) ([\d.-]+)((?:Q[\d. -]+)+)(?:L[\d.]+ [\d.]+)?Z?"\/>/g;
/** What its parentheses catch, and what `replaceAll` says after that. */
type Groups = [attributes: string, x: string, y: string, curves: string, ...unknown[]];
/** Fewer curves are no circle of the canvas. */
const FEWEST_CURVES = 16;
/** How far from round a circle may be, in pixels: its numbers are rounded to a hundredth. */
const TOLERANCE_PX = 0.03;

/** Writes circles as circles: the canvas draws each as 72 curves, two kilobytes, and a picture has hundreds of points. */
export function withCircles(svg: string): string {
  return svg.replaceAll(ROUND, (path: string, ...[attributes, x, y, curves]: Groups) => {
    const ends = curves
      .split("Q")
      .slice(1)
      .map((curve) => curve.trim().split(/ /).map(Number).slice(2));
    const points = [[Number(x), Number(y)], ...ends];
    if (ends.length < FEWEST_CURVES) return path;
    const [xs, ys] = [points.map(([px]) => px ?? NaN), points.map(([, py]) => py ?? NaN)];
    const [left, right, top, bottom] = [Math.min(...xs), Math.max(...xs), Math.min(...ys), Math.max(...ys)];
    const [cx, cy, radius] = [(left + right) / 2, (top + bottom) / 2, (right - left) / 2];
    const isRound = points.every(
      ([px, py]) => Math.abs(Math.hypot((px ?? NaN) - cx, (py ?? NaN) - cy) - radius) <= TOLERANCE_PX,
    );
    if (!isRound) return path;
    return `<circle${attributes} cx="${short(cx)}" cy="${short(cy)}" r="${short(radius)}"/>`;
  });
}

function short(pixels: number): string {
  return String(Number(pixels.toFixed(2)));
}

// The picture of the curves.
import { HEIGHT, MARGIN, readingOf, scalesOf, shownCurves, ticks } from "./curve-view.js";
import { colored, compact, shape } from "./dom.js";

/** @typedef {import("./curve-view.js").View} View */

/**
 * Everything inside the picture.
 * @param {View} view
 */
export function pictureOf(view) {
  const bottom = HEIGHT - MARGIN.bottom;
  const clip = shape("clipPath", { id: `${view.id}-area` });
  const area = { x: MARGIN.left, y: 0, width: view.width - MARGIN.left - MARGIN.right, height: bottom };
  clip.append(shape("rect", area));
  const inside = shape("g", { "clip-path": `url(#${view.id}-area)` });
  inside.append(...bandsOf(view), ...linesOf(view), cursorOf(view));
  return [clip, ...axesOf(view), inside];
}

/** @param {View} view */
function axesOf(view) {
  const { from, last, low, high, x, y } = scalesOf(view);
  const [left, right, bottom] = [MARGIN.left, view.width - MARGIN.right, HEIGHT - MARGIN.bottom];
  return [
    ...ticks(low, high, 6).flatMap((value) => [
      shape("line", {
        x1: left,
        x2: right,
        y1: y(value),
        y2: y(value),
        class: value === 0 ? "zero" : "grid",
      }),
      shape(
        "text",
        { x: left - 8, y: y(value) + 4, "text-anchor": "end" },
        String(Number(value.toPrecision(6))),
      ),
    ]),
    ...ticks(from, last, view.width < 500 ? 3 : 7).flatMap((tokens) => [
      shape("line", { x1: x(tokens), x2: x(tokens), y1: bottom, y2: bottom + 5, class: "grid" }),
      shape("text", { x: x(tokens), y: bottom + 18, "text-anchor": "middle" }, compact(tokens)),
    ]),
    shape("text", { x: (left + right) / 2, y: HEIGHT - 6, "text-anchor": "middle" }, "training tokens"),
  ];
}

/** @param {View} view */
function linesOf(view) {
  const path = pathIn(view);
  return shownCurves(view).map(({ name, points, color, dash }) => {
    const d = path(points.map(([tokens, mean]) => [tokens, mean]));
    const drawn = { class: "curve", d, "stroke-dasharray": dash.join(" "), "data-variant": name };
    return colored(shape("path", drawn), color);
  });
}

/** Closed outlines around means. @param {View} view */
function bandsOf(view) {
  if (!scalesOf(view).hasBands) return [];
  const path = pathIn(view);
  return shownCurves(view).map(({ points, color }) => {
    /** @type {[number, number][]} */
    const upper = points.map(([tokens, , , high]) => [tokens, high]);
    /** @type {[number, number][]} */
    const lower = points.toReversed().map(([tokens, , low]) => [tokens, low]);
    return colored(shape("path", { class: "band", d: `${path([...upper, ...lower])}Z` }), color);
  });
}

/** @param {View} view @returns {(points: readonly [number, number][]) => string} */
function pathIn(view) {
  const { x, y } = scalesOf(view);
  return (points) =>
    `M${points.map(([tokens, value]) => `${x(tokens).toFixed(1)},${y(value).toFixed(1)}`).join("L")}`;
}

/** A line where values are read. @param {View} view */
function cursorOf(view) {
  const place = scalesOf(view).x(readingOf(view).tokens);
  return shape("line", { class: "cursor", x1: place, x2: place, y1: MARGIN.top, y2: HEIGHT - MARGIN.bottom });
}

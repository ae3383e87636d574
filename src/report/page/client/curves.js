// Loss curves that answer: values under the pointer or the slider, variants to hide, what to show. The static picture in the page is for paper
// and for browsers without scripts.
import { legendOf, sliderOf, toolsOf } from "./curve-controls.js";
import { pictureOf } from "./curve-picture.js";
import { HEIGHT, MARGIN, scalesOf } from "./curve-view.js";
import { shape } from "./dom.js";

/** @typedef {import("../curve-data.ts").PageCurves} PageCurves */

const KEPT = "moe-lab hidden variants";

/** Variants hidden before a reload stay hidden. @returns {Set<string>} */
function hiddenBefore() {
  try {
    return new Set(/** @type {string[]} */ (JSON.parse(sessionStorage.getItem(KEPT) ?? "[]")));
  } catch {
    return new Set();
  }
}

/** @param {ReadonlySet<string>} hidden */
function keepHidden(hidden) {
  try {
    sessionStorage.setItem(KEPT, JSON.stringify([...hidden]));
  } catch {
    // A browser may give pages from files no storage.
  }
}

/**
 * @param {HTMLElement} place
 * @param {PageCurves} data
 * @param {PageCurves["measures"][number]} measure
 */
function makeCurves(place, data, measure) {
  /** @type {import("./curve-view.js").View} */
  const view = { data, measure, hidden: hiddenBefore(), isWhole: false, at: null, width: 0 };
  const picture = shape("svg", { "aria-hidden": "true", height: HEIGHT });
  const draw = () => {
    view.width = Math.max(280, place.clientWidth);
    picture.setAttribute("width", String(view.width));
    picture.replaceChildren(...pictureOf(view));
    keepHidden(view.hidden);
    slider.update();
    legend.update();
  };
  const slider = sliderOf(view, draw);
  const legend = legendOf(view, draw);
  /** @param {Event} event */
  const follow = (event) => {
    if (!(event instanceof PointerEvent)) return;
    const { left } = picture.getBoundingClientRect();
    const inner = view.width - MARGIN.left - MARGIN.right;
    view.at = scalesOf(view).tokensAt((event.clientX - left - MARGIN.left) / inner);
    draw();
  };
  picture.addEventListener("pointermove", follow);
  picture.addEventListener("pointerdown", follow);
  place.replaceChildren(toolsOf(view, draw), picture, slider.root, legend.root);
  place.hidden = false;
  new ResizeObserver(draw).observe(place);
}

document.querySelectorAll("script.curves").forEach((source) => {
  const place = source.nextElementSibling;
  const data = /** @type {PageCurves} */ (JSON.parse(source.textContent));
  const [measure] = data.measures;
  if (!(place instanceof HTMLElement) || measure === undefined) return;
  makeCurves(place, data, measure);
  place.parentElement?.classList.add("lively");
});

// Loss curves that answer: values under the pointer or the slider, variants to hide, what to show. The static picture in the page is for paper
// and for browsers without scripts.
import { legendOf, sliderOf, toolsOf } from "./curve-controls.js";
import { pictureOf } from "./curve-picture.js";
import { HEIGHT, MARGIN, scalesOf } from "./curve-view.js";
import { shape } from "./dom.js";

/** @typedef {import("../curve-data.ts").PageCurves} PageCurves */

/**
 * Variants hidden before a reload stay hidden.
 * @param {string} id
 * @returns {Set<string>}
 */
function hiddenBefore(id) {
  try {
    return new Set(
      /** @type {string[]} */ (JSON.parse(sessionStorage.getItem(`moe-lab hidden ${id}`) ?? "[]")),
    );
  } catch {
    return new Set();
  }
}

/** @param {import("./curve-view.js").View} view */
function keepHidden({ id, hidden }) {
  try {
    sessionStorage.setItem(`moe-lab hidden ${id}`, JSON.stringify([...hidden]));
  } catch {
    // A browser may give pages from files no storage.
  }
}

/**
 * Draws curves into a place of the page.
 * @param {HTMLElement} place
 * @param {PageCurves} data
 * @param {string} id unique on the page
 * @returns {(data: PageCurves) => void} draws other data there, what is looked at being kept.
 */
export function makeCurves(place, data, id) {
  const [measure] = data.measures;
  if (measure === undefined) return () => undefined;
  /** @type {import("./curve-view.js").View} */
  const view = { id, data, measure, hidden: hiddenBefore(id), isWhole: false, at: null, width: 0 };
  const picture = shape("svg", { "aria-hidden": "true", height: HEIGHT });
  let controls = controlsOf(view, () => draw());
  const draw = () => {
    view.width = Math.max(280, place.clientWidth);
    picture.setAttribute("width", String(view.width));
    picture.replaceChildren(...pictureOf(view));
    keepHidden(view);
    controls.update();
  };
  followPointer(view, picture, draw);
  const show = () => place.replaceChildren(controls.tools, picture, ...controls.below);
  show();
  place.hidden = false;
  new ResizeObserver(draw).observe(place);
  return (next) => {
    view.data = next;
    view.measure =
      next.measures.find(({ id: other }) => other === view.measure.id) ?? next.measures[0] ?? view.measure;
    controls = controlsOf(view, draw);
    show();
    draw();
  };
}

/**
 * @param {import("./curve-view.js").View} view
 * @param {() => void} draw
 */
function controlsOf(view, draw) {
  const slider = sliderOf(view, draw);
  const legend = legendOf(view, draw);
  const update = () => {
    slider.update();
    legend.update();
  };
  return { tools: toolsOf(view, draw), below: [slider.root, legend.root], update };
}

/**
 * Values are read where the pointer is.
 * @param {import("./curve-view.js").View} view
 * @param {SVGElement} picture
 * @param {() => void} draw
 */
function followPointer(view, picture, draw) {
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
}

document.querySelectorAll("script.curves").forEach((source, index) => {
  const place = source.nextElementSibling;
  if (!(place instanceof HTMLElement)) return;
  makeCurves(place, /** @type {PageCurves} */ (JSON.parse(source.textContent)), `curves-${index + 1}`);
  place.parentElement?.classList.add("lively");
});

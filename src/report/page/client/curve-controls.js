// What stands around the picture: what is shown, where values are read, and the legend, whose entries hide their variants.
import { readingOf, readingWords, valueOf } from "./curve-view.js";
import { buttonOf, colored, compact, element, shape } from "./dom.js";

/** @typedef {import("./curve-view.js").View} View */
/** @typedef {{ readonly root: HTMLElement, readonly update: () => void }} Control */

/**
 * Measure, range, all or none.
 * @param {View} view
 * @param {() => void} changed
 * @returns {HTMLElement}
 */
export function toolsOf(view, changed) {
  const { measures, series } = view.data;
  const choice = element("select", { "aria-label": "what is shown" });
  choice.append(
    ...measures.map(({ id, label, unit }) => element("option", { value: id }, `${label} (${unit})`)),
  );
  choice.value = view.measure.id;
  choice.addEventListener("change", () => {
    view.measure = measures.find(({ id }) => id === choice.value) ?? view.measure;
    changed();
  });
  const whole = element("input", { type: "checkbox" });
  whole.checked = view.isWhole;
  whole.addEventListener("change", () => {
    view.isWhole = whole.checked;
    changed();
  });
  const label = element("label", {});
  label.append(whole, " from the start of training");
  const all = buttonOf("tool", "Show all", () => {
    view.hidden.clear();
    changed();
  });
  const none = buttonOf("tool", "Hide all", () => {
    for (const { name } of series) view.hidden.add(name);
    changed();
  });
  const tools = element("div", { class: "tools" });
  tools.append(choice, label, all, none);
  return tools;
}

/**
 * The place at which values are read, for the keyboard as well.
 * @param {View} view
 * @param {() => void} moved
 * @returns {Control}
 */
export function sliderOf(view, moved) {
  const slider = element("input", { type: "range", min: "0", "aria-label": "place in training" });
  const words = element("output", { class: "read" });
  const root = element("div", {});
  root.append(slider, words);
  slider.addEventListener("input", () => {
    view.at = readingOf(view).places[Number(slider.value)] ?? null;
    moved();
  });
  const update = () => {
    const { places, index, tokens } = readingOf(view);
    slider.max = String(places.length - 1);
    slider.value = String(index);
    slider.setAttribute("aria-valuetext", `${compact(tokens)} tokens`);
    words.textContent = readingWords(view);
  };
  return { root, update };
}

/**
 * @param {View} view
 * @param {() => void} changed
 * @returns {Control}
 */
export function legendOf(view, changed) {
  const root = element("div", {
    class: "legend",
    role: "group",
    "aria-label": "variants: press one to hide or show it",
  });
  const entries = view.data.series.map(({ name, label, color, dash }) => {
    const sample = shape("svg", { width: 26, height: 10, "aria-hidden": "true" });
    const line = { x1: 1, x2: 25, y1: 5, y2: 5, class: "curve", "stroke-dasharray": dash.join(" ") };
    sample.append(colored(shape("line", line), color));
    const value = element("span", { class: "value" });
    const button = buttonOf("", "", () => {
      if (!view.hidden.delete(name)) view.hidden.add(name);
      changed();
    });
    button.append(sample, element("span", {}, label), value);
    root.append(button);
    return { name, button, value };
  });
  const update = () => {
    for (const { name, button, value } of entries) {
      button.setAttribute("aria-pressed", String(!view.hidden.has(name)));
      value.textContent = valueOf(view, name);
    }
  };
  return { root, update };
}

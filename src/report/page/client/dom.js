// Elements and numbers as the page writes them.

const NAMESPACE = "http://www.w3.org/2000/svg";

/**
 * An element of a picture.
 * @param {string} name
 * @param {Readonly<Record<string, string | number>>} attributes
 * @param {string} [text]
 */
export function shape(name, attributes, text) {
  const made = document.createElementNS(NAMESPACE, name);
  for (const [key, value] of Object.entries(attributes)) made.setAttribute(key, String(value));
  if (text !== undefined) made.textContent = text;
  return made;
}

/**
 * The same in the colour of a series; the style sheet mixes it for a dark ground.
 * @param {SVGElement} made
 * @param {string} color
 */
export function colored(made, color) {
  made.style.setProperty("--series", color);
  return made;
}

/**
 * @template {keyof HTMLElementTagNameMap} K
 * @param {K} name
 * @param {Readonly<Record<string, string>>} attributes
 * @param {string} [text]
 */
export function element(name, attributes, text) {
  const made = document.createElement(name);
  for (const [key, value] of Object.entries(attributes)) made.setAttribute(key, value);
  if (text !== undefined) made.textContent = text;
  return made;
}

/**
 * A button that does something.
 * @param {string} className
 * @param {string} text
 * @param {() => void} act
 */
export function buttonOf(className, text, act) {
  const button = element("button", { type: "button", class: className }, text);
  button.addEventListener("click", act);
  return button;
}

/**
 * 1234567 is `1.23M`.
 * @param {number} count
 */
export function compact(count) {
  return new Intl.NumberFormat("en", { notation: "compact", maximumSignificantDigits: 3 }).format(count);
}

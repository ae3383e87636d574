// A page that is served while runs go on: it asks how they stand, and for itself anew where one has ended.
import { makeCurves } from "./curves.js";

/** @typedef {import("../curve-data.ts").PageCurves} PageCurves */

const EVERY_MS = 2000;

/** @param {HTMLElement} state @param {HTMLElement} said @param {HTMLElement} place */
function follow(state, said, place) {
  /** What is drawn, as it came. */
  let drawn = "";
  /** @type {((data: PageCurves) => void) | null} */
  let renew = null;
  /** @param {PageCurves} curves */
  const show = (curves) => {
    const text = JSON.stringify(curves);
    if (text === drawn) return;
    drawn = text;
    if (curves.series.length === 0) place.hidden = true;
    else if (renew === null) renew = makeCurves(place, curves, "live-curves");
    else {
      renew(curves);
      place.hidden = false;
    }
  };
  const ask = async () => {
    try {
      const answer = await fetch("now");
      /** @type {{ revision: string, markup: string, curves: PageCurves }} */
      const { revision, markup, curves } = await answer.json();
      if (revision !== state.dataset["revision"]) {
        location.reload();
        return;
      }
      state.innerHTML = markup;
      said.textContent = "";
      show(curves);
    } catch {
      said.textContent = "moe-lab watch does not answer; this is what was last known";
    }
    setTimeout(() => void ask(), EVERY_MS);
  };
  void ask();
}

const [state, said, place] = ["live-state", "live-said", "live-curves"].map((id) =>
  document.getElementById(id),
);
if (state && said && place) follow(state, said, place);

/** Ways of judging a run. */
import { mean } from "./numbers.mjs";

/**
 * @import { DomainLosses, NoiseRun } from "./run.mjs"
 * @typedef {(run: NoiseRun) => number | undefined} Estimator
 * Nats a token, or undefined where the run has no such number.
 */

const SHARES = [0.05, 0.1, 0.2, 0.4];

/** @type {Readonly<Record<string, Estimator>>} */
export const ESTIMATORS = {
  "last weights, 16k tokens": ({ last }) => over(last[16_384]),
  "last weights, 64k tokens (as shipped)": ({ last }) => over(last[65_536]),
  "last weights, 256k tokens": ({ last }) => over(last[262_144]),
  "last weights, 64k tokens, without code": ({ last }) => over(last[65_536], "code"),
  "last weights, 64k tokens of training text": ({ last }) => over(last["training text"]),
  "mean of 5 evaluations in the last 8 %": ({ checks }) => mean(checks.map((losses) => over(losses) ?? NaN)),
  ...ofShares("mean weights", (share) => (run) => over(run.averaged[share])),
  "mean weights of the last 20 %, without code": ({ averaged }) => over(averaged[0.2], "code"),
  "mean weights of the last 20 %, training text": ({ averaged }) => over(averaged["0.2, training text"]),
  ...ofShares("training loss", (share) => ({ losses }) => {
    return mean(losses.slice(losses.length - Math.round(share * losses.length)));
  }),
};

/**
 * @param {string} what
 * @param {(share: number) => Estimator} make
 */
function ofShares(what, make) {
  return Object.fromEntries(SHARES.map((share) => [`${what} of the last ${100 * share} %`, make(share)]));
}

/**
 * The mean over domains; undefined where there are none.
 * @param {DomainLosses | undefined} losses
 * @param {string} [without] a domain that is left out
 */
function over(losses, without) {
  if (losses === undefined) return undefined;
  return mean(Object.entries(losses).flatMap(([name, loss]) => (name === without ? [] : [loss])));
}

// Hostile input for what reads, by fast-check with a fixed seed: it is taken, or refused in words; never another error, never late.
import process from "node:process";
import fc from "fast-check";
import { InputError } from "../../dist/core/errors.js";

const SEED = 20240917;
/** Of the processor, so that a busy machine is not taken for a slow reader. */
const LIMIT_MS = 2000;

/** Whether an error says what is wrong with the input, and is no accident. @param {unknown} error */
function isRefusal(error) {
  return error instanceof InputError || (error instanceof Error && error.constructor === Error);
}

/**
 * Something that reads: `read` throws nothing but refusals; `careless` does the same as somebody would write it in a hurry, and must be found out.
 * @template T
 * @typedef {{ name: string, share?: number, input: fc.Arbitrary<T>, read: (input: T) => unknown, careless: (input: T) => unknown }} Reader
 */

/** @typedef {{ name: string, attack: (cases: number) => Promise<{ cases: number, failures: string[] }> }} Target */

/**
 * @template T
 * @param {Reader<T>} reader `share` of the cases is what it gets: routers take a tenth of a second each.
 * @returns {Target}
 */
export function target({ name, share = 1, input, read, careless }) {
  return {
    name,
    attack: async (all) => {
      const cases = Math.max(20, Math.round(all * share));
      const found = await smallest(input, read, cases);
      const control = await smallest(input, careless, cases);
      return {
        cases,
        failures: [
          ...(found === null ? [] : [`${name}: ${found}`]),
          ...(control === null ? [`${name}: a careless reader was not found out`] : []),
        ],
      };
    },
  };
}

/**
 * @template T
 * @param {fc.Arbitrary<T>} input
 * @param {(input: T) => unknown} read
 * @param {number} cases
 * @returns {Promise<string | null>} how it broke, and the smallest input that does it
 */
async function smallest(input, read, cases) {
  const property = fc.asyncProperty(input, async (one) => {
    const started = process.cpuUsage();
    try {
      await read(one);
    } catch (error) {
      if (!isRefusal(error)) throw error;
    }
    const { user, system } = process.cpuUsage(started);
    const ms = (user + system) / 1000;
    if (ms > LIMIT_MS) throw new TypeError(`took ${Math.round(ms)} ms`);
  });
  const { failed, errorInstance, counterexample } = await fc.check(property, { seed: SEED, numRuns: cases });
  if (!failed) return null;
  const trace = errorInstance instanceof Error ? (errorInstance.stack ?? "") : String(errorInstance);
  return `${trace.split("\n").slice(0, 3).join(" ")}: ${JSON.stringify(counterexample).slice(0, 400)}`;
}

import util from "node:util";

/**
 * What tfjs-node 4.22 calls of node:util whenever it runs a kernel. Node 23 removed `isNullOrUndefined`; `isArray` is
 * deprecated, and still there in Node 26.
 */
const REMOVED: Readonly<Record<string, (value: unknown) => boolean>> = {
  isArray: Array.isArray,
  isNullOrUndefined: (value) => value === null || value === undefined,
};

/**
 * Puts back those that are missing, for the whole process. tfjs-node's own repair was merged but never released.
 * @param module what `require("util")` gives; packages look functions up there at each call.
 * @returns the names that were put back; none where Node has them all.
 */
export function restoreRemovedUtil(module: object = util): string[] {
  const missing = Object.entries(REMOVED).filter(([name]) => !(name in module));
  Object.assign(module, Object.fromEntries(missing));
  return missing.map(([name]) => name);
}

import { createHash } from "node:crypto";
import { xoroshiro128plusFromState } from "pure-rand/generator/xoroshiro128plus";

/**
 * Named, forkable random streams. A stream is a path of names under a seed; its numbers depend on nothing else,
 * so that adding a consumer never moves the numbers of another one. docs/model.md defines them for re-implementers.
 */
export interface Stream {
  /** A stream of its own below this one. */
  fork(name: string | number): Stream;
  /** The next 32 random bits, 0 to 2^32 - 1. */
  uint32(): number;
  /** Uniform on (0, 1): (uint32 + 0.5) / 2^32. */
  uniform(): number;
  /** Uniform integer 0 to n - 1: floor(uint32 * n / 2^32). */
  integer(n: number): number;
  /** Standard normal, Box-Muller; both numbers of a pair are used. */
  normal(): number;
}

/** The root stream of a seed. */
export function streamOf(seed: number, ...names: readonly (string | number)[]): Stream {
  return makeStream([String(seed), ...names.map(String)].join("/"));
}

function makeStream(path: string): Stream {
  const digest = createHash("sha256").update(path, "utf8").digest();
  const generator = xoroshiro128plusFromState([
    digest.readInt32LE(0),
    digest.readInt32LE(4),
    digest.readInt32LE(8),
    digest.readInt32LE(12),
  ]);
  let spare: number | undefined;
  const uint32 = (): number => generator.next() >>> 0;
  const uniform = (): number => (uint32() + 0.5) / 2 ** 32;
  return {
    fork: (name) => makeStream(`${path}/${name}`),
    uint32,
    uniform,
    integer: (n) => Math.floor((uint32() * n) / 2 ** 32),
    normal: () => {
      if (spare !== undefined) {
        const value = spare;
        spare = undefined;
        return value;
      }
      const radius = Math.sqrt(-2 * Math.log(uniform()));
      const angle = 2 * Math.PI * uniform();
      spare = radius * Math.sin(angle);
      return radius * Math.cos(angle);
    },
  };
}

import { expect, it } from "vitest";
import redraw from "../../src/routers/fixed/redraw.ts";
import { matrix, normals, route, rowsOf } from "../support/bodies.ts";
import { engines } from "../support/engines.ts";

const sizes = { B: 1, T: 3, D: 4, E: 4, K: 2, V: 11, initStd: 0.02 };

it.each(engines)(
  "on $name, the K largest of the numbers drawn choose, in training and evaluation alike",
  async (engine) => {
    const scores = matrix([
      [0.1, 0.9, 0.2, 0.5], // 1, 3
      [0.8, 0.7, 0.6, 0.5], // 0, 1
      [0.1, 0.2, 0.4, 0.3], // 2, 3
    ]);
    for (const mode of ["train", "eval", "causal-eval"] as const) {
      const found = await route(engine, redraw, sizes, {}, mode, { x: normals([3, 4], "x"), scores });
      expect(rowsOf(found["expert"]!, 2)).toEqual([[1, 3], [0, 1], [2, 3]]); // prettier-ignore
      expect([...found["gate"]!]).toEqual(new Array(6).fill(0.5));
    }
  },
);

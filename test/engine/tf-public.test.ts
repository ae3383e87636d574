import { expect, it } from "vitest";
import { detach, tf } from "../../src/engine/tf.ts";
import type { detach as declaredDetach, tf as declared } from "../../src/engine/tf-public.d.ts";

/** What follows does not compile where the package declares an operation otherwise than tfjs has it. */
const operations: typeof declared = tf;
const cut: typeof declaredDetach = detach;

it("what the package declares of tfjs is what a router gets", () => {
  expect(operations).toBe(tf);
  expect(cut).toBe(detach);
});

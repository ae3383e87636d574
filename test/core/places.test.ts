import { expect, it } from "vitest";
import { placeOf, pointedPlace, showPlace } from "../../src/core/places.ts";

function withStack(...frames: string[]): Error {
  return Object.assign(new Error("x"), {
    stack: ["Error: x", ...frames.map((frame) => `    at ${frame}`)].join("\n"),
  });
}

it("the first frame outside of packages and of Node is to blame, however a frame is written", () => {
  const node = "compile (node:internal/modules/esm/utils:346:16)";
  const tfjs = "Object.add (/home/ada/node_modules/@tensorflow/tfjs/dist/tf.js:1:2)";
  const own = { file: "/home/ada/my router.js", line: 3, column: 7 };
  expect(placeOf(withStack(node, tfjs, "Object.route (file:///home/ada/my%20router.js:3:7)"))).toEqual(own);
  expect(placeOf(withStack(tfjs, "file:///home/ada/my%20router.js?t=1:3:7"))).toEqual(own);
  expect(placeOf(withStack("/home/ada/my router.js:3:7", "/home/ada/other.js:1:1"))).toEqual(own);
  expect(placeOf(withStack(node, tfjs))).toBeNull();
  expect(placeOf("no error")).toBeNull();
});

it("a place is found below a caret, and only there", () => {
  const text = ["/home/ada/a.mjs:2", "  name: ;", "        ^", "", "SyntaxError: Unexpected token ';'"].join(
    "\n",
  );
  expect(showPlace(pointedPlace(text)!)).toBe("/home/ada/a.mjs:2:9");
  expect(pointedPlace("Error: x\n    at a\n    at b")).toBeNull();
});

import { expect, test } from "vitest";
import { DEFAULTS } from "../../src/config/defaults.ts";
import type { Settings } from "../../src/config/settings.ts";
import { idleDifferences } from "../../src/model/idle-settings.ts";
import { modelSpec, type ModelSpec } from "../../src/model/spec.ts";
import { shippedRouters } from "../../src/routers/index.ts";

function spec(router: string, change: Partial<Settings> = {}): ModelSpec {
  return modelSpec(
    { ...DEFAULTS, ...change, router: { name: router, options: {} } },
    shippedRouters.get(router)!,
    256,
  );
}

const paths = (one: ModelSpec, two: ModelSpec): readonly string[] | null =>
  idleDifferences(one, two)?.map(({ path }) => path) ?? null;

const losses = { ...DEFAULTS.losses, balanceWeight: 0.1 };
const streams = { router: 1 };
const init = (distribution: "normal" | "truncated-normal", cut: number): Partial<Settings> => ({
  model: { ...DEFAULTS.model, init: { ...DEFAULTS.model.init, distribution, cut } },
});

test.each([
  [
    "a balance weight on a router without balance loss",
    spec("hash"),
    spec("hash", { losses }),
    ["losses.balanceWeight"],
  ],
  ["a balance weight on one with it", spec("linear"), spec("linear", { losses }), null],
  [
    "a cut of the plain normal",
    spec("linear", init("normal", 2)),
    spec("linear", init("normal", 3)),
    ["model.init.cut"],
  ],
  [
    "a cut of the truncated one",
    spec("linear", init("truncated-normal", 2)),
    spec("linear", init("truncated-normal", 4)),
    null,
  ],
  ["another draw of weights that are none", spec("hash"), spec("hash", { streams }), ["streams.router"]],
  ["another draw of weights", spec("linear"), spec("linear", { streams }), null],
  [
    "one idle difference beside one that counts",
    spec("hash"),
    spec("hash", { losses, streams, ...init("normal", 3) }),
    null,
  ],
  ["no difference", spec("linear"), spec("linear"), null],
])("%s", (_, one, two, expected) => {
  expect(paths(one, two)).toEqual(expected);
});

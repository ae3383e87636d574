import { describe, expect, it } from "vitest";
import { routerOfLayer, routerWords } from "../../src/config/by-layer/spans.ts";
import type { Settings } from "../../src/config/settings.ts";
import { load, problemsOf } from "./fixtures.ts";

/** The list on line 2 is the base's router; layers 3, the first of them dense. */
const MODEL = '"model": {"layers": 4, "denseLayers": 1}';
const file = (router: string, model = MODEL, variants = '{"name": "a"}'): string =>
  `{"name": "x", "baseline": "a", "seeds": 1,\n"base": {"router": ${router}, ${model}},\n"variants": [${variants}]}`;

/** Where a part of a file stands. */
function at(text: string, part: string): string {
  const before = text.slice(0, text.indexOf(part)).split("\n");
  return `x:${before.length}:${before.at(-1)!.length + 1}`;
}

async function routerOf(
  router: string,
  model?: string,
  set: readonly string[] = [],
): Promise<Settings["router"]> {
  const { experiment } = await load(file(router, model), { set });
  return experiment.variants[0]!.settings.router;
}
const LINEAR = { name: "linear", options: { renormalise: true, frozen: false } };
const HASH = { name: "hash", options: {} };

describe("a list of routers by layer", () => {
  it("is the one without layers, and those of some layers, with all options", async () => {
    const router = await routerOf('[{"layers": "1-2", "name": "hash"}, {"name": "linear"}]');
    expect(router).toEqual({ ...LINEAR, byLayer: [{ layers: "1-2", ...HASH }] });
    expect([1, 2, 3].map((layer) => routerOfLayer(router, layer).name)).toEqual(["hash", "hash", "linear"]);
    expect(routerWords(router)).toBe("hash in layers 1-2, else linear");
  });

  it("has one form, however it is written", async () => {
    const expected = { ...LINEAR, byLayer: [{ layers: "1-2", ...HASH }] };
    for (const written of [
      '[{"name": "linear"}, {"layers": "2", "name": "hash"}, {"layers": "1-1", "name": "hash"}]',
      '[{"layers": "1-2", "name": "hash"}, {"layers": "3", "name": "linear"}]',
    ])
      expect(await routerOf(written)).toEqual(expected);
  });

  it("of one router alone is that router, so that its runs are those of before", async () => {
    for (const written of ['[{"name": "linear"}]', '[{"layers": "1-3", "name": "linear"}]'])
      expect(await routerOf(written)).toStrictEqual(await routerOf('{"name": "linear"}'));
  });

  it("replaces what is below, is replaced by a name, and its main router's options can be changed", async () => {
    const list = '[{"layers": "1", "name": "hash"}, {"name": "linear", "options": {"frozen": true}}]';
    const frozen = { name: "linear", options: { renormalise: true, frozen: true } };
    expect(await routerOf('{"name": "attention"}', MODEL, [`router=${list}`])).toEqual({
      ...frozen,
      byLayer: [{ layers: "1", ...HASH }],
    });
    expect(await routerOf(list, MODEL, ["router.name=linear"])).toEqual(frozen);
    expect((await routerOf(list, MODEL, ["router.options.frozen=false"])).options["frozen"]).toBe(false);
  });

  it("is a difference of the router, which varies must list", async () => {
    const variant = (varies: string): string =>
      `{"name": "a"}, {"name": "b", ${varies}"router": [{"layers": "1", "name": "hash"}, {"name": "linear"}]}`;
    expect(await problemsOf(file('{"name": "linear"}', MODEL, variant('"varies": ["router"], ')))).toEqual(
      [],
    );
    const text = file('{"name": "linear"}', MODEL, variant(""));
    expect(await problemsOf(text)).toEqual([
      `${at(text, '[{"layers"')}: variants[b].router: the router differs from the base (linear -> hash in layer 1, else linear), but "varies" does not list it; add "router" to "varies", or undo it`,
    ]);
  });

  it("is a parent's as well", async () => {
    const parent =
      '{"name": "a", "varies": ["parent"], "parent": {"router": [{"layers": "1", "name": "hsh"}, {"name": "linear"}]}}';
    const text = file('{"name": "linear"}', MODEL, parent);
    expect(await problemsOf(text)).toEqual([
      `${at(text, '"hsh"')}: variants[a].parent.router[0].name: there is no router "hsh"; did you mean "hash"? Routers: "linear", "attention", "hash", or the path of a module (./my-router.js)`,
    ]);
  });
});

describe("what a list can't be, all at once", () => {
  it("layers that are wrong in every way", async () => {
    const list =
      '[{"name": "linear"}, {"name": "hash"}, {"layers": "3-2", "name": "hash"}, {"layers": "2-4", "name": "hash"},\n' +
      '{"layers": "0-2", "name": "attention"}]';
    const text = file(list);
    expect(await problemsOf(text)).toEqual([
      `${at(text, '"hash"}, {"layers": "3-2"')}: base.router[1].name: "linear" and "hash" are both without "layers", but only one router can have all that are left; give one its layers`,
      `${at(text, '"3-2"')}: base.router[2].layers: "3-2" goes backwards; write "2-3"`,
      `${at(text, '"2-4"')}: base.router[3].layers: "2-4" goes beyond the last layer, 3: there are 4, counted from 0`,
      `${at(text, '"0-2"')}: base.router[4].layers: "0-2" has dense layers, which have no router: model.denseLayers is 1, so the first with experts is layer 1`,
      `${at(text, '"0-2"')}: base.router[4].layers: layer 2 has the router "hash" already ("2-4"); give it one`,
    ]);
  });

  it.each([
    ["[]", "[]", "base.router: must be an object { }, or a list of 1 to 128, each an object { }, found []"],
    [
      '[{"layers": "first", "name": "hash"}, {"name": "linear"}]',
      '"first"',
      'base.router[0].layers: must be a layer or a range of layers, such as "0" or "0-2", found "first"',
    ],
    [
      '[{"layers": 1, "name": "hash"}, {"name": "linear"}]',
      '1, "name": "hash"',
      'base.router[0].layers: must be text that names a layer or a range of them, such as "0" or "0-2", found 1',
    ],
    [
      '[{"layers": "1", "nam": "hash"}, {"name": "linear"}]',
      '"nam"',
      'base.router[0].nam: unknown key "nam"; did you mean "name"?',
    ],
    [
      '[{"layers": "1-3", "name": "hash"}, {"name": "linear"}]',
      '"linear"',
      'base.router[1].name: no layer is left for "linear", since the others have all 3 with experts; remove it, or take layers from them',
    ],
    [
      '[{"layers": "1", "name": "hash"}]',
      '[{"layers": "1"',
      'base.router: layers 2, 3 of 4 would have no router; add one without "layers", which takes all that are left',
    ],
    [
      '[{"layers": "1", "name": "linear", "options": {"frozn": true}}, {"name": "hash"}]',
      '"frozn"',
      'base.router[0].options.frozn: unknown key "frozn"; did you mean "frozen"? (router "linear")',
    ],
    [
      '[{"layers": "1", "name": "linear"}, {"name": "hash"}]',
      "1}},",
      'base.model.topK: is 1 with renormalised gates (router "linear")',
      '"model": {"layers": 4, "denseLayers": 1, "experts": 4, "topK": 1}',
    ],
  ])("%s", async (list, part, problem, model?: string) => {
    const text = file(list, model);
    expect(await problemsOf(text)).toContain(`${at(text, part)}: ${problem}`);
  });

  it("by a flag", async () => {
    const set = ['router=[{"layers": "9", "name": "hash"}, {"name": "linear"}]'];
    const [problem = ""] = await problemsOf(file('{"name": "linear"}'), { set });
    expect(problem).toContain(
      'router[0].layers: "9" goes beyond the last layer, 3: there are 4, counted from 0',
    );
  });
});

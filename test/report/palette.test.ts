import { describe, expect, it } from "vitest";
import {
  lighten,
  mix,
  routerColor,
  textOn,
  translucent,
  variantStyles,
} from "../../src/report/draw/palette.ts";
import { ROUTER_COLORS } from "../../src/routers/colors.ts";
import { shippedRouters } from "../../src/routers/index.ts";
import { ELEVEN, madeUpResults } from "./fixture.ts";

const { variants } = madeUpResults(ELEVEN, [0]).record.experiment;

describe("routerColor", () => {
  it("gives the shipped routers six different colours", () => {
    const routers = [...ROUTER_COLORS.keys()];
    expect(routers.filter((name) => !shippedRouters.has(name))).toEqual([]);
    expect(new Set(routers.map(routerColor)).size).toBe(6);
  });

  it("gives a router of the user's own a colour that is not a shipped router's", () => {
    const shipped = [...ROUTER_COLORS.values()];
    expect(routerColor("./my-router.ts")).toMatch(/^#[0-9a-f]{6}$/);
    expect(shipped).not.toContain(routerColor("./my-router.ts"));
  });
});

describe("variantStyles", () => {
  it("does not depend on the other routers of the experiment", () => {
    const all = variantStyles(variants);
    const attentionOnly = variantStyles(
      variants.filter(({ settings }) => settings.router.name === "attention"),
    );
    expect(attentionOnly.size).toBe(4);
    for (const [name, style] of attentionOnly) expect(all.get(name)).toEqual(style);
  });

  it("draws no two variants alike", () => {
    const styles = [...variantStyles(variants).values()];
    expect(new Set(styles.map(({ color, dash }) => `${color}/${dash.join()}`)).size).toBe(11);
  });

  it("tells the variants of one router apart without colour", () => {
    const styles = variantStyles(variants);
    const attention = variants.filter(({ settings }) => settings.router.name === "attention");
    expect(new Set(attention.map(({ name }) => styles.get(name)?.dash.join())).size).toBe(4);
  });
});

describe("thirty variants", () => {
  const of = (routers: readonly string[]) =>
    variantStyles(
      madeUpResults(
        routers.map((router, index) => ({ name: `v${index}`, router, loss: 1 })),
        [],
      ).record.experiment.variants,
    );
  const repeat = (...routers: string[]): string[] =>
    Array.from({ length: 30 }, (_, index) => routers[index % routers.length]!);

  it.each([
    ["of one router", repeat("linear")],
    ["of two", repeat("linear", "attention")],
    ["of a grey one", repeat("dense")],
    ["of thirty routers of one's own", Array.from({ length: 30 }, (_, index) => `own-${index}`)],
  ])("%s: no two are drawn alike", (_, routers) => {
    const styles = [...of(routers).values()];
    expect(new Set(styles.map(({ color, dash, shape }) => `${color}/${dash.join()}/${shape}`)).size).toBe(30);
    // Also without colour, as far as dashes and shapes go: 6 times 4.
    if (new Set(routers).size === 1)
      expect(new Set(styles.map(({ dash, shape }) => `${dash.join()}/${shape}`)).size).toBe(24);
  });

  it("gives routers of one's own colours of their own, as long as there are any", () => {
    const styles = [...of(Array.from({ length: 12 }, (_, index) => `own-${index}`)).values()];
    expect(new Set(styles.map(({ color }) => color)).size).toBe(12);
    expect(styles.every(({ dash }) => dash.length === 0)).toBe(true);
  });

  it("keeps the first six of a router as they always were", () => {
    const styles = [...of(repeat("linear")).values()];
    expect(styles.slice(0, 6).every(({ shape }) => shape === "circle")).toBe(true);
    expect(styles[0]).toEqual({ color: "#0072b2", dash: [], shape: "circle" });
  });
});

describe("colours", () => {
  it("mixes by channel", () => {
    expect(mix("#000000", "#ffffff", 0.2)).toBe("#333333");
    expect(lighten("#0072b2", 0)).toBe("#0072b2");
    expect(lighten("#204060", -0.5)).toBe("#102030");
    expect(lighten("#000000", 1)).toBe("#ffffff");
  });

  it("writes opacity as the last two digits", () => {
    expect(translucent("#0072b2", 1)).toBe("#0072b2ff");
    expect(translucent("#0072b2", 0)).toBe("#0072b200");
  });

  it("chooses the readable text colour", () => {
    expect(textOn("#ffffff")).toBe("#000000");
    expect(textOn("#0b4f8a")).toBe("#ffffff");
  });
});

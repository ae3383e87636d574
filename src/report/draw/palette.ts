import { sha256 } from "../../core/json.ts";
import { routerWords } from "../../config/by-layer/spans.ts";
import type { Variant } from "../../config/settings.ts";
import { ROUTER_COLORS } from "../../routers/colors.ts";

/** How a variant is drawn, wherever it appears. */
export interface VariantStyle {
  /** `#rrggbb`. */
  readonly color: string;
  /** Canvas line dash in pixels; empty is solid. */
  readonly dash: readonly number[];
  /** Of its points, as chart.js names them. */
  readonly shape: Shape;
}

/** Shapes of points, as chart.js names them. */
export type Shape = (typeof SHAPES)[number];
const SHAPES = ["circle", "rectRot", "triangle", "rect"] as const;

/** For routers that declare no colour: the first ones by the hash of the name, so that no router's colour depends on its neighbours. */
const OTHER_HUES = ["#e69f00", "#56b4e9", "#8a6d00", "#5b3fa0", "#882255", "#117733"] as const;
/** For those whose colour by hash another router of the experiment has already. */
const MORE_HUES = ["#44aa99", "#aa4499", "#999933", "#cc6677", "#6b4c2a", "#332288"] as const;

/** Variants of one hue differ by lightness and dash, in this order. */
const WITHIN_HUE = [
  { lightness: 0, dash: [] },
  { lightness: -0.35, dash: [7, 3] },
  { lightness: 0.35, dash: [2, 2.5] },
  { lightness: -0.15, dash: [9, 3, 2, 3] },
  { lightness: 0.5, dash: [4, 2] },
  { lightness: -0.55, dash: [1, 2] },
] as const;
/** When these are used up, by the shape of their points as well, and by hues around their own. */
const TURN_DEGREES = 24;

/** The colour of a router: the same in every experiment that has no other router of this colour. */
export function routerColor(router: string): string {
  const known = ROUTER_COLORS.get(router);
  if (known !== undefined) return known;
  return OTHER_HUES[parseInt(sha256(router).slice(0, 8), 16) % OTHER_HUES.length] ?? OTHER_HUES[0];
}

/** Colours of an experiment's routers: their own, or the first that is free where an earlier router has it. */
function routerColors(routers: readonly string[]): ReadonlyMap<string, string> {
  const colors = new Map<string, string>();
  for (const router of new Set(routers)) {
    const taken = [...colors.values()];
    const own = routerColor(router);
    const free = ROUTER_COLORS.has(router)
      ? own
      : [own, ...OTHER_HUES, ...MORE_HUES].find((hue) => !taken.includes(hue));
    colors.set(router, free ?? own);
  }
  return colors;
}

/**
 * Styles of an experiment's variants, by name: the same in each of its pictures. The first variant of a router has the router's plain colour
 * and a solid line.
 * @param variants in the experiment's order, which decides the order within a router.
 */
export function variantStyles(variants: readonly Variant[]): ReadonlyMap<string, VariantStyle> {
  const hues = routerColors(variants.map(({ settings }) => routerWords(settings.router)));
  const seen = new Map<string, number>();
  return new Map(
    variants.map(({ name, settings }) => {
      const router = routerWords(settings.router);
      const hue = hues.get(router) ?? routerColor(router);
      const index = seen.get(hue) ?? 0;
      seen.set(hue, index + 1);
      return [name, styleWithin(hue, index)];
    }),
  );
}

/** The style of the n-th variant of a hue. */
function styleWithin(hue: string, index: number): VariantStyle {
  const round = Math.floor(index / WITHIN_HUE.length);
  const { lightness, dash } = WITHIN_HUE[index % WITHIN_HUE.length] ?? WITHIN_HUE[0];
  const shape = SHAPES[round % SHAPES.length] ?? SHAPES[0];
  return { color: lighten(turned(hue, round * TURN_DEGREES), lightness), dash, shape };
}

/** A colour with its hue turned by some degrees; greys, which have none, get lighter. */
function turned(color: string, degrees: number): string {
  const [red = 0, green = 0, blue = 0] = channels(color);
  const [most, least] = [Math.max(red, green, blue), Math.min(red, green, blue)];
  const chroma = most - least;
  if (degrees === 0) return color;
  if (chroma === 0) return lighten(color, degrees / 400);
  const sixths =
    most === red
      ? (green - blue) / chroma
      : most === green
        ? 2 + (blue - red) / chroma
        : 4 + (red - green) / chroma;
  const hue = (((sixths * 60 + degrees) % 360) + 360) % 360;
  // HSV to RGB: each channel falls from the most to the least within 60 degrees, 180 degrees around its own place.
  const channel = (offset: number): number => {
    const place = (offset + hue / 60) % 6;
    return most - chroma * Math.max(0, Math.min(place, 4 - place, 1));
  };
  return hexOf([channel(5), channel(3), channel(1)]);
}

function hexOf(values: readonly number[]): string {
  return `#${values.map((value) => Math.round(value).toString(16).padStart(2, "0")).join("")}`;
}

/**
 * Mixes a colour with white (amount > 0) or black (amount < 0).
 * @param amount -1 to 1.
 */
export function lighten(color: string, amount: number): string {
  return mix(color, amount < 0 ? "#000000" : "#ffffff", Math.abs(amount));
}

/** (1 - share) of one colour and share of the other, per channel; both `#rrggbb`. */
export function mix(from: string, to: string, share: number): string {
  const a = channels(from);
  const b = channels(to);
  return hexOf(a.map((value, index) => value + ((b[index] ?? value) - value) * share));
}

/** The colour with an opacity, `#rrggbbaa`. */
export function translucent(color: string, opacity: number): string {
  return `${color}${Math.round(opacity * 255)
    .toString(16)
    .padStart(2, "0")}`;
}

/** Black or white, whichever is readable on the colour (relative luminance of WCAG 2). */
export function textOn(color: string): string {
  const [red = 0, green = 0, blue = 0] = channels(color).map((value) => {
    const share = value / 255;
    return share <= 0.04045 ? share / 12.92 : ((share + 0.055) / 1.055) ** 2.4;
  });
  return 0.2126 * red + 0.7152 * green + 0.0722 * blue > 0.22 ? "#000000" : "#ffffff";
}

function channels(color: string): readonly number[] {
  return [1, 3, 5].map((start) => parseInt(color.slice(start, start + 2), 16));
}

/** How a series that is no variant is drawn: by its number, in an order that common colour blindness tells apart. */
export function seriesStyle(index: number): VariantStyle {
  const colors = ["#0072b2", "#d55e00", "#009e73", "#cc79a7", "#e69f00", "#56b4e9", "#262626"] as const;
  const dashes = [[], [7, 3], [2, 2.5], [9, 3, 2, 3]] as const;
  return {
    color: colors[index % colors.length] ?? colors[0],
    // Not in step with the shapes: sixteen series differ in one of the two.
    dash: dashes[(index + Math.floor(index / dashes.length)) % dashes.length] ?? [],
    shape: SHAPES[index % SHAPES.length] ?? SHAPES[0],
  };
}

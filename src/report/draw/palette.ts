import { sha256 } from "../../core/json.ts";
import type { Variant } from "../../config/settings.ts";
import { ROUTER_COLORS } from "../../routers/colors.ts";

/** How a variant is drawn, wherever it appears. */
export interface VariantStyle {
  /** `#rrggbb`. */
  readonly color: string;
  /** Canvas line dash in pixels; empty is solid. */
  readonly dash: readonly number[];
}

/** For routers that declare no colour; by the hash of the name, so that no router's colour depends on its neighbours. */
const OTHER_HUES = ["#e69f00", "#56b4e9", "#8a6d00", "#5b3fa0", "#882255", "#117733"] as const;

/** Variants of one router keep its hue; they differ by lightness and dash, in this order. */
const WITHIN_ROUTER = [
  { lightness: 0, dash: [] },
  { lightness: -0.35, dash: [7, 3] },
  { lightness: 0.35, dash: [2, 2.5] },
  { lightness: -0.15, dash: [9, 3, 2, 3] },
  { lightness: 0.5, dash: [4, 2] },
  { lightness: -0.55, dash: [1, 2] },
] as const;

/** The colour of a router: the same in every experiment. */
export function routerColor(router: string): string {
  const known = ROUTER_COLORS.get(router);
  if (known !== undefined) return known;
  return OTHER_HUES[parseInt(sha256(router).slice(0, 8), 16) % OTHER_HUES.length] ?? OTHER_HUES[0];
}

/**
 * Styles of an experiment's variants, by name. The first variant of a router has the router's plain colour and a solid line.
 * @param variants in the experiment's order, which decides the order within a router.
 */
export function variantStyles(variants: readonly Variant[]): ReadonlyMap<string, VariantStyle> {
  const seen = new Map<string, number>();
  const styles = new Map<string, VariantStyle>();
  for (const variant of variants) {
    const router = variant.settings.router.name;
    const index = seen.get(router) ?? 0;
    seen.set(router, index + 1);
    const within = WITHIN_ROUTER[index % WITHIN_ROUTER.length] ?? WITHIN_ROUTER[0];
    styles.set(variant.name, {
      color: lighten(routerColor(router), within.lightness),
      dash: within.dash,
    });
  }
  return styles;
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
  const mixed = a.map((value, index) => Math.round(value + ((b[index] ?? value) - value) * share));
  return `#${mixed.map((value) => value.toString(16).padStart(2, "0")).join("")}`;
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
export function seriesStyle(index: number): {
  readonly color: string;
  readonly dash: readonly number[];
  readonly shape: "circle" | "rectRot" | "triangle" | "rect";
} {
  const colors = ["#0072b2", "#d55e00", "#009e73", "#cc79a7", "#e69f00", "#56b4e9", "#262626"] as const;
  const dashes = [[], [7, 3], [2, 2.5], [9, 3, 2, 3]] as const;
  const shapes = ["circle", "rectRot", "triangle", "rect"] as const;
  return {
    color: colors[index % colors.length] ?? colors[0],
    // Not in step with the shapes: sixteen series differ in one of the two.
    dash: dashes[(index + Math.floor(index / dashes.length)) % dashes.length] ?? [],
    shape: shapes[index % shapes.length] ?? "circle",
  };
}

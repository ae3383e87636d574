import type { ChartSpec } from "./chart-spec.ts";
import { FONT_NAME } from "./fonts.ts";
import { withCircles } from "./svg-circles.ts";

/**
 * Repairs the SVG that the canvas writes, so that it is valid, the same in every process, and readable without the font: the
 * lists of glyph positions end in a comma; a hundredth of a pixel is enough; texts are cut at their spaces; ids count the clips of
 * the whole process; and a viewer without DejaVu needs another font (Verdana's widths are nearly the same, and every glyph is
 * placed); circles are hundreds of curves.
 */
export function portableSvg(svg: string, { width, height }: Pick<ChartSpec, "width" | "height">): string {
  const ids = [...svg.matchAll(/ id="([^"]+)"/g)].map(([, id]) => id);
  const numbered = (id: string): string => `clip${ids.indexOf(id) + 1}`;
  const tags = svg.replaceAll(/<[^>]+>/g, (tag) =>
    tag
      .replaceAll(/(\.\d\d)\d+/g, "$1")
      .replaceAll(/([xy]="[^"]*), "/g, '$1"')
      .replace(/ id="([^"]+)"/, (_, id: string) => ` id="${numbered(id)}"`)
      .replace(/url\(#([^)]+)\)/, (_, id: string) => `url(#${numbered(id)})`),
  );
  return withCircles(joinTexts(tags))
    .replaceAll(`font-family="${FONT_NAME}"`, `font-family="${FONT_NAME}, Verdana, sans-serif"`)
    .replaceAll('font-family="UnifontExMono"', 'font-family="UnifontExMono, sans-serif"')
    .replace("<svg ", `<svg viewBox="0 0 ${width} ${height}" `);
}

/** Two texts of one line, equal but for their glyphs, with an empty one between them that was a space. */
const CUT =
  /<text([^>]*) x="([^"]+)" y="([^"]+)">([^<]*)<\/text><text\1 x="" y=""><\/text><text\1 x="([^",]+)([^"]*)" y="\3">/;

/** Joins cut texts; the space stands where the next letter does. */
function joinTexts(svg: string): string {
  let joined = svg;
  let before: string;
  do {
    before = joined;
    joined = before.replaceAll(new RegExp(CUT, "g"), '<text$1 x="$2, $5, $5$6" y="$3">$4 ');
  } while (joined !== before);
  return joined;
}

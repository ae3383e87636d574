import { existsSync } from "node:fs";
import { createRequire } from "node:module";
import { dirname, join } from "node:path";
import { messageOf } from "../../core/errors.ts";

/** The font of every text in our pictures; it comes with moe-lab, because a bare machine has no fonts. */
export const FONT_NAME = "DejaVu Sans";

/** The family under which it is registered: the machine's own copy of it may be another version. */
export const FONT_FAMILY = "moe-lab DejaVu Sans";

/** Where the font's two files are. */
export interface FontFiles {
  readonly regular: string;
  readonly bold: string;
}

/**
 * Finds the embedded font.
 * @throws Error saying what to reinstall: without a font a canvas draws no text at all, and says nothing.
 */
export function findFont(): FontFiles {
  let folder: string;
  try {
    folder = join(dirname(createRequire(import.meta.url).resolve("dejavu-fonts-ttf/package.json")), "ttf");
  } catch (error) {
    throw new Error(
      `plots need the font package dejavu-fonts-ttf, which is not installed; run npm install (${messageOf(error)})`,
      { cause: error },
    );
  }
  const files = { regular: join(folder, "DejaVuSans.ttf"), bold: join(folder, "DejaVuSans-Bold.ttf") };
  for (const file of Object.values(files)) {
    if (!existsSync(file)) throw new Error(`plots need the font ${file}, which is missing; run npm install`);
  }
  return files;
}

/** Scripts and signs that DejaVu Sans lacks: South and East Asia's, full-width forms, emoji. */
const BEYOND =
  /[\u0900-\u109f\u1100-\u11ff\u1780-\u17ff\u2e80-\ua4cf\ua960-\ua97f\uac00-\ud7ff\uf900-\ufaff\ufe30-\ufe4f\uff00-\uffef]|[\u{1b000}-\u{1b2ff}\u{1f000}-\u{1faff}\u{20000}-\u{323af}]/u;

/** The family of the font that has glyphs for these, from a package that is read only for them. */
export const LAST_FAMILY = "moe-lab UnifontEX";

/** Families that systems have for these, better than ours; those that a machine lacks are passed over. */
const SYSTEM_FAMILIES = [
  "Noto Sans CJK SC",
  "Noto Sans CJK JP",
  "Noto Sans CJK KR",
  "Noto Sans SC",
  "Noto Sans JP",
  "Noto Sans KR",
  "Source Han Sans SC",
  "PingFang SC",
  "Hiragino Sans",
  "Apple SD Gothic Neo",
  "Microsoft YaHei",
  "Yu Gothic",
  "Malgun Gothic",
  "WenQuanYi Micro Hei",
  "WenQuanYi Zen Hei",
  "Droid Sans Fallback",
  "Noto Emoji",
  "Noto Color Emoji",
  "Apple Color Emoji",
  "Segoe UI Emoji",
] as const;

/** Whether DejaVu Sans lacks glyphs of a text. */
export function isBeyondFont(text: string): boolean {
  return BEYOND.test(text);
}

/** Families for a text, as CSS lists them; a canvas takes each glyph from the first that has it. */
export function familiesFor(text: string): string {
  const names = isBeyondFont(text) ? [FONT_FAMILY, ...SYSTEM_FAMILIES, LAST_FAMILY] : [FONT_FAMILY];
  return names.map((name) => `"${name}"`).join(", ");
}

/** The file of the last family; null where its package is not installed, and signs that no system font has are drawn as boxes. */
export function findLastFont(): string | null {
  try {
    const path = createRequire(import.meta.url).resolve("@fontsource/unifontex/package.json");
    const file = join(dirname(path), "files", "unifontex-latin-400-normal.woff2");
    return existsSync(file) ? file : null;
  } catch {
    return null;
  }
}

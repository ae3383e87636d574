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

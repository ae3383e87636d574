import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { z } from "zod";
import { InputError, messageOf } from "../../core/errors.ts";
import { html, type Html } from "./html.ts";

/** Where figures that are no charts of the results themselves stand, below a result folder. */
const FOLDER = "routing";

/** `<result folder>/routing/figures.json`: figures in the order in which a reader wants them. Beside it: `<name>.svg`. */
const listSchema = z.object({
  figures: z.array(
    z.object({
      /** File name without extension. */
      name: z.string().regex(/^[\w-]+$/),
      /** What it shows, in a sentence or two, with n, tokens and what chance would be. */
      caption: z.string(),
    }),
  ),
});

/** A figure from files: the picture, and what it says. */
export interface KeptFigure {
  readonly name: string;
  readonly caption: string;
  readonly svg: Uint8Array;
}

/**
 * Figures of a result folder that other commands made, with their captions.
 * @returns none where there are none.
 * @throws InputError for a list that can't be read, or that names a picture which is not there.
 */
export function readKeptFigures(folder: string): readonly KeptFigure[] {
  const path = join(folder, FOLDER, "figures.json");
  if (!existsSync(path)) return [];
  try {
    const { figures } = listSchema.parse(JSON.parse(readFileSync(path, "utf8")));
    return figures.map(({ name, caption }) => ({
      name,
      caption,
      svg: readFileSync(join(folder, FOLDER, `${name}.svg`)),
    }));
  } catch (error) {
    const message = `${messageOf(error)}; the command that made the figures writes them again`;
    throw new InputError([{ where: path, path: "", message }]);
  }
}

/** As an image, in which no script runs and no address is loaded, whatever stands in the file. */
export function keptPicture({ name, caption, svg }: KeptFigure, prefix: string): Html {
  const source = `data:image/svg+xml;base64,${Buffer.from(svg).toString("base64")}`;
  return html`<figure class="picture" id="${prefix}figure-${name}">
    <img src="${source}" alt="${caption}" />
    <figcaption>${caption}</figcaption>
  </figure>`;
}

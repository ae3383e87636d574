import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { z } from "zod";
import { InputError, messageOf } from "../../core/errors.ts";
import { html, type Html } from "./html.ts";

/** Where `moe-lab analyze` puts its figures below a result folder, and the file that says which there are. */
const FOLDER = "routing";
const LIST = "figures.json";
const listSchema = z.strictObject({
  // A name is no path: nothing but this folder's own files gets onto a page.
  figures: z.array(z.strictObject({ name: z.string().regex(/^[\w-]+$/), caption: z.string().min(1) })),
});
/** In the order in which they are taken: one that is drawn in any size, one that every analysis has. */
const FORMATS = [
  { ending: "svg", type: "image/svg+xml" },
  { ending: "png", type: "image/png" },
] as const;

/** A figure from files: the picture, and what it says. */
export interface KeptFigure {
  readonly name: string;
  readonly caption: string;
  /** MIME type. */
  readonly type: string;
  readonly bytes: Uint8Array;
}

/**
 * Figures of a result folder that `moe-lab analyze` made, with their captions; those that were drawn for paper alone (PDF) are left out.
 * @returns none where there are none.
 * @throws InputError for a list that can't be read.
 */
export function readKeptFigures(folder: string): readonly KeptFigure[] {
  const path = join(folder, FOLDER, LIST);
  if (!existsSync(path)) return [];
  return listed(path).flatMap(({ name, caption }) =>
    pictureOf(join(folder, FOLDER, name)).map((picture) => ({ name, caption, ...picture })),
  );
}

function listed(path: string): z.output<typeof listSchema>["figures"] {
  const again = "; `moe-lab analyze` writes the file again";
  let value: unknown;
  try {
    value = JSON.parse(readFileSync(path, "utf8"));
  } catch (error) {
    throw new InputError([{ where: path, path: "", message: `is no JSON (${messageOf(error)})${again}` }]);
  }
  const found = listSchema.safeParse(value);
  if (found.success) return found.data.figures;
  throw new InputError(
    found.error.issues.map((issue) => ({
      ...{ where: path, path: issue.path.join(".") },
      message: `is no list of figures' names and captions: ${issue.message}${again}`,
    })),
  );
}

/** @param path without an ending. @returns one picture, or none. */
function pictureOf(path: string): readonly Pick<KeptFigure, "type" | "bytes">[] {
  const found = FORMATS.find(({ ending }) => existsSync(`${path}.${ending}`));
  return found === undefined ? [] : [{ type: found.type, bytes: readFileSync(`${path}.${found.ending}`) }];
}

/** As an image, in which no script runs and no address is loaded, whatever stands in the file. */
export function keptPicture({ name, caption, type, bytes }: KeptFigure, prefix: string): Html {
  const source = `data:${type};base64,${Buffer.from(bytes).toString("base64")}`;
  return html`<figure class="picture" id="${prefix}figure-${name}">
    <img src="${source}" alt="${caption}" />
    <figcaption>${caption}</figcaption>
  </figure>`;
}

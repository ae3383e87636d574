import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { InputError } from "../../core/errors.ts";
import { html, type Html } from "./html.ts";

/** Where `moe-lab analyze` puts its figures below a result folder, and what they say: lines of `name: caption`. */
const FOLDER = "routing";
const CAPTIONS = "captions.txt";
const LINE = /^([\w-]+): (.+)$/;
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
 * @throws InputError for captions that can't be read.
 */
export function readKeptFigures(folder: string): readonly KeptFigure[] {
  const path = join(folder, FOLDER, CAPTIONS);
  if (!existsSync(path)) return [];
  const lines = readFileSync(path, "utf8")
    .split("\n")
    .filter((line) => line !== "");
  return lines.flatMap((line, index) => {
    const [, name, caption] = LINE.exec(line) ?? [];
    if (name === undefined || caption === undefined) {
      const message = "is no figure's name and caption; `moe-lab analyze` writes the file again";
      throw new InputError([{ where: `${path}:${index + 1}`, path: "", message }]);
    }
    return pictureOf(join(folder, FOLDER, name)).map((picture) => ({ name, caption, ...picture }));
  });
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

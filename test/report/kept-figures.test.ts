import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { keptPicture, readKeptFigures } from "../../src/report/page/kept-figures.ts";
import { temporaryFolder } from "../support/folder.ts";

function folderWith(list: string): string {
  const folder = temporaryFolder();
  mkdirSync(join(folder, "routing"));
  writeFileSync(join(folder, "routing", "figures.json"), list);
  writeFileSync(join(folder, "routing", "saturation.svg"), "<svg>1</svg>");
  return folder;
}

describe("figures of a result folder", () => {
  it("are none without a list", () => {
    expect(readKeptFigures(temporaryFolder())).toEqual([]);
  });

  it("are shown as images, in which nothing of a file runs, with what they say", () => {
    const list = JSON.stringify({ figures: [{ name: "saturation", caption: `n < 3 & "k"` }] });
    const [figure] = readKeptFigures(folderWith(list));
    // echo -n '<svg>1</svg>' | base64
    expect(keptPicture(figure!, "a-").markup.replace(/\s+/g, " ")).toBe(
      '<figure class="picture" id="a-figure-saturation"> <img src="data:image/svg+xml;base64,PHN2Zz4xPC9zdmc+" ' +
        'alt="n &lt; 3 &amp; &quot;k&quot;" /> <figcaption>n &lt; 3 &amp; &quot;k&quot;</figcaption> </figure>',
    );
  });

  it.each([
    ["{", /figures\.json: /],
    [JSON.stringify({ figures: [{ name: "../../secret", caption: "" }] }), /figures\.json: /],
    [JSON.stringify({ figures: [{ name: "absent", caption: "" }] }), /absent\.svg.*writes them again/],
  ])("are refused: %s", (list, words) => {
    expect(() => readKeptFigures(folderWith(list))).toThrow(words);
  });
});

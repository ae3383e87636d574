import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { keptPicture, readKeptFigures } from "../../src/report/page/kept-figures.ts";
import { temporaryFolder } from "../support/folder.ts";

function folderWith(list: string): string {
  const folder = temporaryFolder();
  mkdirSync(join(folder, "routing"));
  writeFileSync(join(folder, "routing", "captions.txt"), list);
  writeFileSync(join(folder, "routing", "saturation.svg"), "<svg>1</svg>");
  return folder;
}

describe("figures of a result folder", () => {
  it("are none without a list", () => {
    expect(readKeptFigures(temporaryFolder())).toEqual([]);
  });

  it("are shown as images, in which nothing of a file runs, with what they say", () => {
    const [figure] = readKeptFigures(folderWith(`saturation: n < 3 & "k": 2\n`));
    // echo -n '<svg>1</svg>' | base64
    expect(keptPicture(figure!, "a-").markup.replace(/\s+/g, " ")).toBe(
      '<figure class="picture" id="a-figure-saturation"> <img src="data:image/svg+xml;base64,PHN2Zz4xPC9zdmc+" ' +
        'alt="n &lt; 3 &amp; &quot;k&quot;: 2" /> <figcaption>n &lt; 3 &amp; &quot;k&quot;: 2</figcaption> </figure>',
    );
  });

  it("are PNG where there is no SVG, and left out where there is neither", () => {
    const folder = folderWith("flow: one\nsaturation: two\npaper: three\n");
    writeFileSync(join(folder, "routing", "flow.png"), "png");
    expect(readKeptFigures(folder).map(({ name, type }) => [name, type])).toEqual([
      ["flow", "image/png"],
      ["saturation", "image/svg+xml"],
    ]);
  });

  it.each(["saturation", "../../secret: a caption", ": nothing"])("are refused with the line: %s", (line) => {
    expect(() => readKeptFigures(folderWith(`saturation: fine\n${line}\n`))).toThrow(
      /captions\.txt:2: .*`moe-lab analyze` writes the file again/,
    );
  });
});

import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { keptPicture, readKeptFigures } from "../../src/report/page/kept-figures.ts";
import { temporaryFolder } from "../support/folder.ts";

/** @param list as JSON, or as a text that is none. */
function folderWith(list: unknown): string {
  const folder = temporaryFolder();
  mkdirSync(join(folder, "routing"));
  writeFileSync(
    join(folder, "routing", "figures.json"),
    typeof list === "string" ? list : JSON.stringify(list),
  );
  writeFileSync(join(folder, "routing", "saturation.svg"), "<svg>1</svg>");
  return folder;
}

describe("figures of a result folder", () => {
  it("are none without a list", () => {
    expect(readKeptFigures(temporaryFolder())).toEqual([]);
  });

  it("are shown as images, in which nothing of a file runs, with what they say", () => {
    const [figure] = readKeptFigures(
      folderWith({ figures: [{ name: "saturation", caption: `n < 3 & "k": 2` }] }),
    );
    // echo -n '<svg>1</svg>' | base64
    expect(keptPicture(figure!, "a-").markup.replace(/\s+/g, " ")).toBe(
      '<figure class="picture" id="a-figure-saturation"> <img src="data:image/svg+xml;base64,PHN2Zz4xPC9zdmc+" ' +
        'alt="n &lt; 3 &amp; &quot;k&quot;: 2" /> <figcaption>n &lt; 3 &amp; &quot;k&quot;: 2</figcaption> </figure>',
    );
  });

  it("are PNG where there is no SVG, and left out where there is neither", () => {
    const folder = folderWith({
      figures: ["flow", "saturation", "paper"].map((name) => ({ name, caption: "one" })),
    });
    writeFileSync(join(folder, "routing", "flow.png"), "png");
    expect(readKeptFigures(folder).map(({ name, type }) => [name, type])).toEqual([
      ["flow", "image/png"],
      ["saturation", "image/svg+xml"],
    ]);
  });

  it.each([
    [{ figures: [{ name: "../../secret", caption: "a caption" }] }, "figures.0.name"],
    [{ figures: [{ name: "saturation" }] }, "figures.0.caption"],
    [{ figures: [{ name: "saturation", caption: "" }] }, "figures.0.caption"],
    [{}, "figures"],
    ["saturation: a caption", "is no JSON"],
  ])("are refused with the place: %j", (list, place) => {
    expect(() => readKeptFigures(folderWith(list))).toThrow(/`moe-lab analyze` writes the file again/);
    expect(() => readKeptFigures(folderWith(list))).toThrow(place);
  });
});

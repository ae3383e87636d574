import { symlinkSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { readUserFiles } from "../../src/data/user-files.ts";
import { folderWith, text } from "./helpers.ts";

const PATH = "data.domains[0].files";

function read(...paths: string[]): { files: Record<string, string>; problems: string[] } {
  const { files, problems } = readUserFiles(paths, PATH);
  expect(problems.every(({ path }) => path === PATH)).toBe(true);
  return {
    files: Object.fromEntries(
      files.map(({ file, content }) => [file.replace(/^moe-lab-test-\w+/, "top"), text(content)]),
    ),
    problems: problems.map(({ where, message }) => `${where}: ${message}`),
  };
}

describe("readUserFiles", () => {
  it("reads folders with all below them in sorted order, without hidden files, node_modules and empty files", () => {
    const folder = folderWith({
      "b.txt": "bee",
      "a/z.md": "zed",
      "a/B.md": "big",
      "a/empty.py": "",
      ".hidden": "no",
      ".git/config": "no",
      "node_modules/x/index.js": "no",
    });
    const { files, problems } = read(folder);
    // UTF-16 code units: "B" < "z"; the folder a before b.txt.
    expect(Object.entries(files)).toEqual([
      ["top/a/B.md", "big"],
      ["top/a/z.md", "zed"],
      ["top/b.txt", "bee"],
    ]);
    expect(problems).toEqual([]);
  });

  it("takes named files in the order named", () => {
    const folder = folderWith({ "b.txt": "bee", "a.txt": "ay" });
    expect(Object.values(read(join(folder, "b.txt"), join(folder, "a.txt")).files)).toEqual(["bee", "ay"]);
  });

  it("does not follow a link to a folder that it is in", () => {
    const folder = folderWith({ "a/a.txt": "ay" });
    symlinkSync(folder, join(folder, "a", "loop"));
    expect(read(folder)).toEqual({ files: { "top/a/a.txt": "ay" }, problems: [] });
  });

  it("says every broken file at once, with the offset of the first bad byte", () => {
    const folder = folderWith({
      "latin1.txt": Buffer.from("café au lait", "latin1"), // c a f é: byte 3, E9
      "image.png": Uint8Array.of(0x89, 0x50, 0x4e, 0x47, 0x00, 0x01),
      "good.txt": "fine",
    });
    const missing = join(folder, "missing.txt");
    const { files, problems } = read(folder, missing);
    expect(Object.values(files)).toEqual(["fine"]);
    expect(problems).toEqual([
      expect.stringContaining(`${missing}: the file or folder can't be read (ENOENT`),
      `${join(folder, "image.png")}: the file is binary (or UTF-16): byte 4 is zero; save it as UTF-8, or leave it out`,
      `${join(folder, "latin1.txt")}: the file is not UTF-8: its first bad byte is byte 3 (0xe9); save it as UTF-8, or leave it out`,
    ]);
  });

  it("refuses a named file that is empty, and a folder without text", () => {
    const folder = folderWith({ "empty.txt": "", ".hidden": "no" });
    expect(read(join(folder, "empty.txt")).problems).toEqual([
      `${join(folder, "empty.txt")}: the file is empty; name files with text, or leave it out`,
    ]);
    expect(read(folder).problems).toEqual([
      `${folder}: there is no text in it (hidden files and node_modules are not read)`,
    ]);
  });

  it("lists twenty broken files and counts the rest", () => {
    const files = Object.fromEntries(
      Array.from({ length: 25 }, (_, index) => [`${index}.bin`, Uint8Array.of(0)]),
    );
    const { problems } = read(folderWith(files));
    expect(problems).toHaveLength(21);
    expect(problems.at(-1)).toBe(": 5 more files can't be used");
  });
});

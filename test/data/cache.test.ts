import { copyFileSync, mkdirSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from "node:fs";
import { basename, join } from "node:path";
import { describe, expect, it } from "vitest";
import { defaultCacheFolder, digestSplits, writeCache, writeCachedJson } from "../../src/data/cache.ts";
import { loadCorpus } from "../../src/data/corpus.ts";
import { bytes, dataOf, folderWith, ownDomain, text } from "./helpers.ts";

/** A folder of texts, and an empty folder for the cache. */
function setUp() {
  const texts = folderWith({ "a.txt": "first text", "b.txt": "second text", "c.txt": "third text" });
  const cacheFolder = join(folderWith({}), "cache");
  const data = dataOf([ownDomain("own", [texts])]);
  const load = () => loadCorpus(data, { cacheFolder });
  const all = () => readdirSync(join(cacheFolder, "text")).map((name) => join(cacheFolder, "text", name));
  const isText = (file: string) => readFileSync(file, "latin1").includes('"digests"');
  const files = () => all().filter(isText);
  const overlaps = () => all().filter((file) => !isText(file));
  return { texts, cacheFolder, load, files, overlaps, fresh: loadCorpus(data, { cacheFolder: null }) };
}

describe("the cache", () => {
  it("gives the same corpus, from a file that is written once", () => {
    const { load, files, fresh } = setUp();
    expect(load()).toEqual(fresh);
    const [file] = files();
    const written = statSync(file!).ino; // a rename would bring another inode
    expect(load()).toEqual(fresh);
    expect(files()).toEqual([file]);
    expect(statSync(file!).ino).toBe(written);
  });

  it("is really read", () => {
    // Proof: what stands there under the right key comes back, though it is another text.
    const { cacheFolder, load, files } = setUp();
    load();
    const splits = { train: bytes("planted"), validation: bytes("v"), test: bytes("t") };
    const documents = { train: 1, validation: 1, test: 1 };
    const text = { splits, documents, digests: digestSplits(splits), repeated: [0], filtered: [] };
    writeCache(cacheFolder, keyOf(files()[0]!), text);
    expect(load().domains[0]!.splits).toEqual(splits);
  });

  it("is refused under another key", () => {
    const { texts, load, files, fresh } = setUp();
    load();
    const [first] = files();
    writeFileSync(join(texts, "a.txt"), "another text");
    load();
    const other = files().find((file) => file !== first)!;
    writeFileSync(join(texts, "a.txt"), "first text");
    copyFileSync(other, first!);
    expect(load()).toEqual(fresh);
  });

  it("never gives stale text: changed content of the same size is other text", () => {
    const { texts, load, fresh, files } = setUp();
    load();
    writeFileSync(join(texts, "a.txt"), "FIRST text");
    const changed = load();
    const all = Object.values(changed.domains[0]!.splits).map(text).join("|");
    expect(all).toContain("FIRST text");
    expect(changed.hash).not.toBe(fresh.hash);
    expect(files()).toHaveLength(2);
  });

  it("is recomputed when any byte of it is wrong, or the end is missing", () => {
    const { load, files, fresh } = setUp();
    load();
    const [file] = files();
    const whole = readFileSync(file!);
    for (let position = 0; position < whole.length; position += 7) {
      const broken = Buffer.from(whole);
      broken[position]! ^= 1;
      writeFileSync(file!, broken);
      expect(load()).toEqual(fresh);
      expect(readFileSync(file!).equals(whole)).toBe(true);
    }
    for (const content of [
      whole.subarray(0, -1),
      Buffer.concat([whole, Buffer.from("x")]),
      Buffer.alloc(0),
    ]) {
      writeFileSync(file!, content);
      expect(load()).toEqual(fresh);
    }
  });

  it("keeps the overlap beside the text, and measures it again when its file is not whole", () => {
    const { load, overlaps, fresh } = setUp();
    load();
    const [file] = overlaps();
    const whole = readFileSync(file!, "latin1");
    writeFileSync(file!, whole.replace('"grams":1', '"grams":9'));
    expect(load()).toEqual(fresh);
    expect(readFileSync(file!, "latin1")).toBe(whole);
    // And it is really read: a planted one, whole, comes back.
    const planted = [{ documents: 9, nearDuplicates: 8, grams: 7, shared: 6 }];
    writeCachedJson(join(file!, "..", ".."), keyOf(file!), planted);
    expect(load().domains[0]!.overlap).toEqual(planted[0]);
  });

  it("is ignored where nothing can be written", () => {
    const { cacheFolder, load, fresh } = setUp();
    writeFileSync(cacheFolder, "a file where the folder should be");
    expect(load()).toEqual(fresh);
    expect(readFileSync(cacheFolder, "utf8")).toBe("a file where the folder should be");
  });

  it("is ignored where a folder stands in the place of the file", () => {
    const { cacheFolder, load, files, fresh } = setUp();
    load();
    const [file] = files();
    rmSync(file!);
    mkdirSync(file!);
    expect(load()).toEqual(fresh);
    expect(readdirSync(join(cacheFolder, "text"))).toHaveLength(2); // no temporary file is left
  });
});

/** The key in a cache file's name. */
function keyOf(file: string): string {
  return basename(file, ".bin");
}

describe("defaultCacheFolder", () => {
  const home = import.meta.dirname; // a folder that exists
  it.each([
    ["MOE_LAB_CACHE first", { MOE_LAB_CACHE: "/own", XDG_CACHE_HOME: "/xdg", HOME: home }, "/own"],
    ["then XDG_CACHE_HOME", { XDG_CACHE_HOME: "/xdg", HOME: home }, "/xdg/moe-lab"],
    ["not a relative XDG_CACHE_HOME", { XDG_CACHE_HOME: "cache", HOME: home }, `${home}/.cache/moe-lab`],
    ["then the home folder", { HOME: home }, `${home}/.cache/moe-lab`],
    ["nothing when the home folder does not exist", { HOME: join(home, "none") }, null],
    ["nothing when HOME is empty", { HOME: "" }, null],
  ])("takes %s", (_, environment, folder) => {
    expect(defaultCacheFolder(environment)).toBe(folder);
  });
});

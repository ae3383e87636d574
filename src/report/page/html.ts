/** HTML text that needs no more escaping. Only this file makes it. */
export interface Html {
  readonly markup: string;
}

type Part = Html | string | number | readonly Html[];

const ENTITIES: Readonly<Record<string, string>> = {
  "&": "&amp;",
  "<": "&lt;",
  ">": "&gt;",
  '"': "&quot;",
  "'": "&#39;",
};

/** A template of HTML: text and numbers put into it are escaped, HTML is not. For text between tags and in quoted attributes. */
export function html(strings: TemplateStringsArray, ...parts: readonly Part[]): Html {
  const markup = strings.map((text, index) => text + partOf(parts[index] ?? "")).join("");
  return { markup };
}

/** Markup made elsewhere, whose maker has escaped it. */
export function trusted(markup: string): Html {
  return { markup };
}

function partOf(part: Part): string {
  if (typeof part === "number") return String(part);
  if (typeof part === "string") return part.replace(/[&<>"']/g, (sign) => ENTITIES[sign] ?? sign);
  if ("markup" in part) return part.markup;
  return part.map(({ markup }) => markup).join("\n");
}

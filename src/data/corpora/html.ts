const NAMED: Readonly<Record<string, string>> = {
  amp: "&",
  lt: "<",
  gt: ">",
  quot: '"',
  apos: "'",
  nbsp: "\u00a0",
};

/** Text of HTML: tags are taken out, character references resolved (numbers, and the few names above). */
export function textOfHtml(html: string): string {
  return html
    .replace(/<[^>]*>/g, "")
    .replace(/&(?:#(\d+)|#[xX]([0-9a-fA-F]+)|([a-z]+));/g, (whole, decimal, hexadecimal, name) => {
      if (typeof name === "string") return NAMED[name] ?? whole;
      const point = typeof decimal === "string" ? Number(decimal) : Number.parseInt(String(hexadecimal), 16);
      return point <= 0x10ffff ? String.fromCodePoint(point) : whole;
    });
}

import { trusted, type Html } from "./html.ts";

/** Data for the scripts of a page: a script element that is never run, whatever text it holds. */
export function jsonIsland(className: "csv" | "curves", value: unknown): Html {
  const text = JSON.stringify(value).replace(/[<>&\u2028\u2029]/g, unicodeEscape);
  return trusted(`<script type="application/json" class="${className}">${text}</script>`);
}

/** No `</script>` or `<!--` can stand in what is left. */
function unicodeEscape(sign: string): string {
  return `\\u${sign.charCodeAt(0).toString(16).padStart(4, "0")}`;
}

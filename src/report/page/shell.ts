import { createHash } from "node:crypto";
import { clientScript } from "./client-script.ts";
import { html, trusted, type Html } from "./html.ts";
import { PAGE_STYLE } from "./page-style.ts";

/**
 * A whole page: its own style and scripts inside, allowed by their hashes, and nothing else allowed, whatever a file's text smuggles in.
 * Pictures may be data of the page itself; a live page may ask who served it.
 */
export function pageShell(
  title: string,
  body: Html,
  { isLive }: { readonly isLive: boolean } = { isLive: false },
): Html {
  const script = clientScript(isLive);
  const policy = [
    "default-src 'none'",
    `script-src '${hashOf(script)}'`,
    `style-src '${hashOf(PAGE_STYLE)}'`,
    "img-src data:",
    ...(isLive ? ["connect-src 'self'"] : []),
    "base-uri 'none'",
    "form-action 'none'",
  ].join("; ");
  const page = html`<html lang="en">
    <head>
      <meta charset="utf-8" />
      <meta http-equiv="Content-Security-Policy" content="${policy}" />
      <meta name="viewport" content="width=device-width, initial-scale=1" />
      <meta name="color-scheme" content="light dark" />
      <title>${title}</title>
      ${trusted(`<style>${PAGE_STYLE}</style>`)}
    </head>
    <body>
      ${body} ${trusted(`<script type="module">${script}</script>`)}
    </body>
  </html>`;
  return html`<!doctype html>
    ${page} `;
}

function hashOf(text: string): string {
  return `sha256-${createHash("sha256").update(text).digest("base64")}`;
}

/** The style of report.html: light and dark, screen and paper. Pictures keep their white ground. */
export const REPORT_STYLE = `
:root { color-scheme: light dark; --ink: #1a1a1a; --quiet: #5a5a5a; --line: #d4d4d4; --ground: #ffffff; --shade: #f5f5f3; }
@media (prefers-color-scheme: dark) {
  :root { --ink: #e8e8e6; --quiet: #a9a9a6; --line: #44443f; --ground: #191918; --shade: #242422; }
}
* { box-sizing: border-box; }
body { margin: 0 auto; max-width: 72rem; padding: 2rem 1.5rem 4rem; background: var(--ground); color: var(--ink);
  font: 16px/1.5 "DejaVu Sans", Verdana, system-ui, sans-serif; }
h1 { font-size: 1.6rem; line-height: 1.25; margin: 0 0 .4rem; max-width: 48rem; }
h2 { font-size: 1.15rem; margin: 2.4rem 0 .6rem; }
p, li, dd { max-width: 48rem; }
.quiet, figcaption, .note { color: var(--quiet); }
.lead { border-left: 4px solid #0072b2; padding: .4rem 0 .4rem 1rem; margin: .8rem 0; }
code { font-family: "DejaVu Sans Mono", ui-monospace, monospace; font-size: .9em; overflow-wrap: anywhere; }
.wide { overflow-x: auto; }
table { border-collapse: collapse; font-size: .82rem; font-variant-numeric: tabular-nums; margin: .6rem 0; }
th, td { padding: .3rem .6rem; border-bottom: 1px solid var(--line); vertical-align: top; text-align: left; }
thead th { border-bottom: 2px solid var(--quiet); vertical-align: bottom; }
th.right, td.right { text-align: right; white-space: nowrap; }
tbody th { font-weight: normal; white-space: nowrap; }
tbody tr:hover { background: var(--shade); }
figure { margin: 0; }
figure.table strong { display: inline-block; margin-top: .8rem; }
figure.table strong::first-letter { text-transform: uppercase; }
figure.table figcaption { color: var(--ink); max-width: 60rem; }
.note { font-size: .82rem; margin: .25rem 0; max-width: 60rem; }
.pictures { display: grid; grid-template-columns: repeat(auto-fit, minmax(min(100%, 26rem), 1fr)); gap: 2rem; align-items: start; }
.pictures svg { display: block; width: 100%; max-width: 600px; height: auto; background: #ffffff; border-radius: 4px; }
.pictures figcaption { font-size: .82rem; margin-top: .5rem; max-width: 600px; }
dl { display: grid; grid-template-columns: max-content 1fr; gap: .2rem 1rem; font-size: .85rem; }
dt { color: var(--quiet); }
dd { margin: 0; overflow-wrap: anywhere; }
@media print {
  :root { --ink: #000000; --quiet: #444444; --line: #bbbbbb; --ground: #ffffff; --shade: #ffffff; }
  @page { margin: 14mm; }
  body { padding: 0; max-width: none; font-size: 10pt; }
  h1 { font-size: 15pt; }
  h2 { font-size: 11pt; margin-top: 14pt; }
  table { font-size: 7pt; }
  .note, dl, .pictures figcaption { font-size: 7.5pt; }
  th, td { padding: 1pt 3pt; }
  .wide { overflow: visible; }
  .pictures { grid-template-columns: 1fr 1fr; gap: 6mm; }
  figure, tr { break-inside: avoid; }
  h2 { break-after: avoid; }
}
`;

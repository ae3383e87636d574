/** The style of the page: light and dark, narrow and wide, screen and paper. Pictures are drawn on white; in the dark their
 * lightness is turned round and their hues are kept, so that white becomes the page's ground and black its ink. */
export const PAGE_STYLE = `
:root { color-scheme: light dark; --ink: #1a1a1a; --quiet: #595959; --line: #d4d4d4; --ground: #ffffff; --shade: #f4f4f2;
  --link: #005a94; --better: #00654d; --worse: #a33b00; --mix: 0%; }
@media (prefers-color-scheme: dark) {
  :root { --ink: #e8e8e6; --quiet: #ababa8; --line: #44443f; --ground: #191918; --shade: #262624;
    --link: #7cc4f5; --better: #5fd3b0; --worse: #ff9d63; --mix: 42%; }
}
* { box-sizing: border-box; }
html { scroll-behavior: smooth; }
@media (prefers-reduced-motion: reduce) { html { scroll-behavior: auto; } }
body { margin: 0 auto; max-width: 76rem; padding: 2rem 1.5rem 4rem; background: var(--ground); color: var(--ink);
  font: 16px/1.5 "DejaVu Sans", Verdana, system-ui, sans-serif; }
h1 { font-size: 1.6rem; line-height: 1.25; margin: 0 0 .4rem; max-width: 48rem; }
h2 { font-size: 1.2rem; margin: 2.4rem 0 .6rem; }
h3 { font-size: 1rem; margin: 1.8rem 0 .4rem; }
h1, h2, h3, p, li, dd, figcaption { overflow-wrap: anywhere; }
p, li, dd { max-width: 48rem; }
a { color: var(--link); }
:focus-visible { outline: 2px solid var(--link); outline-offset: 2px; }
.quiet, .note, figcaption, .read { color: var(--quiet); }
.note { font-size: .82rem; margin: .25rem 0; max-width: 60rem; }
.lead, .verdicts li { border-left: 4px solid var(--quiet); padding: .15rem 0 .15rem .8rem; margin: .5rem 0; list-style: none; }
.verdicts { padding: 0; }
.verdicts li.better { border-color: var(--better); }
.verdicts li.worse, .verdicts li.diverged { border-color: var(--worse); }
.verdicts li.equivalent { border-color: var(--link); }
nav ul { display: flex; flex-wrap: wrap; gap: .2rem 1.1rem; padding: .5rem 0; margin: 1rem 0 0; list-style: none;
  border-block: 1px solid var(--line); font-size: .9rem; }
code { font-family: "DejaVu Sans Mono", ui-monospace, monospace; font-size: .9em; overflow-wrap: anywhere; }
pre { overflow-x: auto; background: var(--shade); padding: .7rem 1rem; border-radius: 4px; font-size: .85rem; }
pre code { overflow-wrap: normal; }
summary { cursor: pointer; padding: .3rem 0; }
.wide { overflow-x: auto; }
table { border-collapse: collapse; font-size: .82rem; font-variant-numeric: tabular-nums; margin: .4rem 0; }
th, td { padding: .3rem .6rem; border-bottom: 1px solid var(--line); vertical-align: top; text-align: left; }
thead th { border-bottom: 2px solid var(--quiet); vertical-align: bottom; }
th.right, td.right { text-align: right; }
td.right { white-space: nowrap; }
tbody th { font-weight: normal; position: sticky; left: 0; background: var(--ground); min-width: 7rem; }
tbody tr:hover, tbody tr:hover th { background: var(--shade); }
td.better { color: var(--better); }
td.worse, td.diverged { color: var(--worse); }
thead button { all: unset; cursor: pointer; font-weight: bold; }
thead button:focus-visible { outline: 2px solid var(--link); outline-offset: 2px; }
thead button::after { content: " \\2195"; color: var(--quiet); font-weight: normal; }
[aria-sort=ascending] button::after { content: " \\2191"; color: var(--ink); }
[aria-sort=descending] button::after { content: " \\2193"; color: var(--ink); }
.tool, select { font: inherit; font-size: .82rem; color: var(--ink); background: var(--shade); border: 1px solid var(--line);
  border-radius: 4px; padding: .25rem .6rem; max-width: 100%; }
.tool { cursor: pointer; }
.said { font-size: .82rem; color: var(--quiet); margin-left: .6rem; }
figure { margin: 0 0 1.2rem; }
figure.table > figcaption { font-weight: bold; color: var(--ink); font-size: .9rem; }
figure.table > figcaption::first-letter { text-transform: uppercase; }
.pictures { display: grid; grid-template-columns: repeat(auto-fit, minmax(min(100%, 26rem), 1fr)); gap: 2rem; align-items: start; }
.picture svg, .picture img { display: block; width: 100%; max-width: 640px; height: auto; background: #ffffff; border-radius: 4px; }
.picture figcaption { font-size: .82rem; margin-top: .5rem; max-width: 640px; }
.tools { display: flex; flex-wrap: wrap; gap: .5rem .8rem; align-items: center; font-size: .82rem; margin-bottom: .5rem; }
.interactive > svg { display: block; touch-action: pan-y; }
.interactive text { font-size: 12px; fill: var(--ink); }
.grid { stroke: var(--line); }
.zero { stroke: var(--ink); }
.cursor { stroke: var(--quiet); stroke-dasharray: 2 2; }
.curve { --shown: color-mix(in srgb, var(--series), white var(--mix)); stroke: var(--shown); stroke-width: 2; fill: none; stroke-linejoin: round; }
.band { fill: color-mix(in srgb, var(--series), white var(--mix)); opacity: .16; }
.interactive input[type=range] { display: block; width: 100%; margin: .2rem 0; accent-color: var(--link); }
.read { font-size: .82rem; }
.legend { display: grid; grid-template-columns: repeat(auto-fill, minmax(min(100%, 21rem), 1fr)); gap: .15rem 1rem; margin-top: .5rem; }
.legend button { font: inherit; font-size: .82rem; color: var(--ink); background: none; border: 0; border-radius: 4px; padding: .25rem .4rem;
  display: grid; grid-template-columns: 26px 1fr auto; gap: .5rem; align-items: center; text-align: left; cursor: pointer; overflow-wrap: anywhere; }
.legend button:hover { background: var(--shade); }
.legend button[aria-pressed=false] { color: var(--quiet); text-decoration: line-through; }
.legend button[aria-pressed=false] svg { opacity: .3; }
.value { font-variant-numeric: tabular-nums; }
.bars, .failing { padding: 0; list-style: none; font-size: .85rem; }
.bars li { display: grid; grid-template-columns: minmax(6rem, 16rem) minmax(4rem, 14rem) 1fr; gap: .8rem; align-items: center; max-width: none; }
.bars progress { width: 100%; accent-color: var(--link); }
.failing li { border-left: 4px solid var(--worse); padding-left: .8rem; margin: .4rem 0; }
dl { display: grid; grid-template-columns: max-content 1fr; gap: .2rem 1rem; font-size: .85rem; }
dt { color: var(--quiet); }
dd { margin: 0; }
@media screen { .lively .picture { display: none; } }
@media (max-width: 40rem) {
  body { padding: 1rem .8rem 3rem; font-size: 15px; }
  h1 { font-size: 1.3rem; }
  dl { grid-template-columns: 1fr; gap: 0; }
  dd { margin-bottom: .4rem; }
}
@media screen and (prefers-color-scheme: dark) {
  .picture svg, .picture img { filter: invert(.902) hue-rotate(180deg); }
}
@media print {
  :root { --ink: #000000; --quiet: #444444; --line: #bbbbbb; --ground: #ffffff; --shade: #ffffff; --link: #000000;
    --better: #000000; --worse: #000000; --mix: 0%; }
  @page { margin: 14mm; }
  body { padding: 0; max-width: none; font-size: 10pt; }
  h1 { font-size: 15pt; }
  h2 { font-size: 11pt; margin-top: 14pt; }
  nav, .interactive, .tool, .said { display: none; }
  thead button::after { content: none; }
  table { font-size: 7pt; }
  .note, dl, .picture figcaption { font-size: 7.5pt; }
  th, td { padding: 1pt 3pt; }
  .wide { overflow: visible; }
  .pictures { grid-template-columns: 1fr 1fr; gap: 6mm; }
  figure.picture, tr { break-inside: avoid; }
  h2 { break-after: avoid; }
}
`;

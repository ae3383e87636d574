import type { ExperimentResults } from "../../records/experiment.ts";
import { html, type Html } from "./html.ts";

/** The commands that make the results of a page again, and how to see that they did. */
export function howToRepeat(results: ExperimentResults): Html {
  const { experiment, provenance, numerics } = results.record;
  const version = provenance === null ? "" : ` ${provenance.moeLab}`;
  const kept = numerics === undefined ? "" : ` (any version with numerics ${numerics})`;
  if (experiment.file === undefined) {
    return html`<p>
      The experiment's file is not known, since it was not below the folder that the command ran in. Its
      resolved settings stand in experiment.json beside this page.
    </p>`;
  }
  return html`<p>In a clone of moe-lab${version}${kept}, with Node 20.19 or newer:</p>
    <pre tabindex="0"><code>${commandsOf(results, experiment.file).join("\n")}</code></pre>
    <p>
      A run is named by a hash of all that decides its numbers: the same run ids (below) mean the same
      experiment. Flags such as <code>--set</code> are part of them, but not of this command. On the same
      engine and instruction set the numbers are equal to the last bit, on another one to the last digits.
    </p>`;
}

function commandsOf({ record: { experiment } }: ExperimentResults, file: string): readonly string[] {
  const { tier, seeds } = experiment;
  const [first = 1] = seeds;
  const flags = [
    ...(tier === "" ? [] : [`--tier ${quoted(tier)}`]),
    `--seeds ${seeds.length}`,
    ...(first === 1 ? [] : [`--first-seed ${first}`]),
  ];
  return ["npm ci", `npx moe-lab run ${quoted(file)} ${flags.join(" ")}`];
}

/** For a shell, where the word needs it. */
function quoted(word: string): string {
  return /^[\w./@:+-]+$/.test(word) ? word : `'${word.replaceAll("'", `'\\''`)}'`;
}

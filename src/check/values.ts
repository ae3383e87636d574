import type { HostArray } from "../engine/types.ts";
import type { RouterSizes } from "../model/router.ts";
import { wrong, type Wrong } from "./finding.ts";
import type { Layer } from "./layer.ts";
import { rowsOf } from "./numbers.ts";

const SUM_TOLERANCE = 5e-6;

/** Finite numbers, distinct indices in range, probabilities that sum to 1, of a call whose shapes are right. */
export function valueProblems({ kind, found }: Layer, { B, T, E, K }: RouterSizes): Wrong[] {
  const problems = Object.entries(found).flatMap(([name, values]) => {
    const at = values.findIndex((value) => !Number.isFinite(value));
    if (at < 0) return [];
    const help = name.startsWith("state/") ? ", and would stay so for the whole training" : "";
    return [wrong(fieldOf(name), `is not finite: it has ${values[at] ?? NaN}${help}`)];
  });
  if (kind === "token-choice") problems.push(...indexProblems("expert", found["expert"], K, E));
  if (kind === "expert-choice") {
    const token = found["token"] ?? new Int32Array(0);
    problems.push(...indexProblems("token", token, token.length / E, B * T));
  }
  const probs = rowsOf(found["probs"] ?? [], E);
  const sums = probs.map((row) => row.reduce((a, b) => a + b, 0));
  const off = sums.find((sum) => Math.abs(sum - 1) > SUM_TOLERANCE);
  if (off !== undefined) {
    const message = `of a token sum to ${off.toPrecision(4)}, not to 1 over its ${E} experts; divide them by their sum`;
    problems.push(wrong("probs", message));
  }
  const below = probs.flat().find((p) => p < 0);
  if (below !== undefined)
    problems.push(wrong("probs", `are not probabilities: one is ${below.toPrecision(3)}`));
  return problems;
}

function indexProblems(name: string, index: HostArray | undefined, width: number, extent: number): Wrong[] {
  const rows = rowsOf(index ?? [], width);
  const field = `assignment.${name}`;
  const outside = rows.flat().find((at) => !(Number.isInteger(at) && at >= 0 && at < extent));
  const twice = rows.find((row) => new Set(row).size < row.length);
  const [row, of] = name === "expert" ? ["a token", "expert"] : ["an expert", "token"];
  return [
    ...(outside === undefined ? [] : [wrong(field, `has ${outside}, but goes from 0 to ${extent - 1}`)]),
    ...(twice === undefined
      ? []
      : [
          wrong(
            field,
            `gives ${row} the same ${of} twice: ${twice.join(", ")}; they must be distinct, as those of topKIndices are`,
          ),
        ]),
  ];
}

/** The field that a route program's output is, as the author wrote it. */
export function fieldOf(output: string): string {
  return ["expert", "token", "gate"].includes(output) ? `assignment.${output}` : output.replace("/", ".");
}

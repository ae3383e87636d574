import type { SettingProblem } from "./layers.ts";
import { settings } from "./declared/all.ts";
import { leavesOf, nest, parsePath, valueAt } from "./paths.ts";
import { shapeIssues } from "./shape.ts";
import { didYouMean, show } from "./suggest.ts";

/**
 * Numbers of a variant that follow from what it lies on: `"derived": { "model.expertWidth": "model.topK * model.expertWidth" }`. A contrast
 * that is written so holds at any size of the base.
 */

/** Numbers and dotted settings joined by + - * /, with * and / first; no brackets. */
const TOKEN = /\s*(?:(\d+(?:\.\d+)?)|([A-Za-z][A-Za-z0-9]*(?:\.[A-Za-z][A-Za-z0-9]*)*)|([-+*/]))\s*/y;

/** A formula's value, or what is wrong with it. */
type Evaluated = { readonly value: number } | { readonly message: string };

/**
 * The settings that a variant's formulas make of the settings below it, and what is wrong with them. A formula that is wrong makes none.
 * @param derived formulas by dotted path.
 * @param below the settings that they speak of: base, tier, flags and grid.
 * @param own what the variant sets itself.
 */
export function deriveSettings(
  derived: Readonly<Record<string, string>>,
  below: unknown,
  own: unknown,
): { readonly values: ReadonlyMap<string, number>; readonly problems: readonly SettingProblem[] } {
  const values = new Map<string, number>();
  const problems = Object.entries(derived).flatMap(([path, formula]): SettingProblem[] => {
    const refuse = (message: string, at: "key" | "value" = "value"): SettingProblem[] => [
      { paths: [["derived", path]], at, message },
    ];
    if (valueAt(own, parsePath(path)) !== undefined) {
      return refuse(`the variant sets ${show(path)} itself too; remove it here or there`, "key");
    }
    const result = evaluate(formula, below);
    if ("message" in result) return refuse(result.message);
    const issues = path.includes("__proto__")
      ? []
      : shapeIssues(settings, nest(parsePath(path), result.value));
    const [issue] = issues;
    if (issue !== undefined) {
      return issue.at === "key"
        ? refuse(issue.message, "key")
        : refuse(`${show(formula)} is ${result.value} here: ${issue.message}`);
    }
    values.set(path, result.value);
    return [];
  });
  return { values, problems };
}

/** Left to right, products before sums. */
function evaluate(formula: string, below: unknown): Evaluated {
  const tokens = tokensOf(formula);
  if (tokens === null)
    return { message: `${show(formula)} is no formula; write numbers and settings joined by + - * /` };
  const sums: number[] = [];
  for (const [index, token] of tokens.entries()) {
    const isOperand = index % 2 === 0;
    if (isOperand === /^[-+*/]$/.test(token)) {
      return { message: `${show(formula)} is no formula: "${token}" can't stand where it does` };
    }
    if (!isOperand) continue;
    const operand = operandOf(token, below);
    if ("message" in operand) return operand;
    const sign = tokens[index - 1] ?? "+";
    const last = sums.pop();
    if (sign === "*") sums.push((last ?? 1) * operand.value);
    else if (sign === "/") sums.push((last ?? 1) / operand.value);
    else sums.push(...(last === undefined ? [] : [last]), sign === "-" ? -operand.value : operand.value);
  }
  if (tokens.length % 2 === 0)
    return { message: `${show(formula)} is no formula: nothing follows the last sign` };
  const value = sums.reduce((sum, part) => sum + part, 0);
  return Number.isFinite(value) ? { value } : { message: `${show(formula)} is ${value} here` };
}

function operandOf(token: string, below: unknown): Evaluated {
  if (/^\d/.test(token)) return { value: Number(token) };
  const value = valueAt(below, parsePath(token));
  if (typeof value === "number") return { value };
  const numbers = [...leavesOf(below)].flatMap(([path, leaf]) => (typeof leaf === "number" ? [path] : []));
  const found = value === undefined ? `there is no setting ${show(token)}` : `${show(token)} is no number`;
  return { message: `${found}${didYouMean(token, numbers)}` };
}

/** The signs and operands of a formula; null where something else stands in it, or nothing. */
function tokensOf(formula: string): readonly string[] | null {
  const tokens: string[] = [];
  TOKEN.lastIndex = 0;
  while (TOKEN.lastIndex < formula.length) {
    const match = TOKEN.exec(formula);
    if (match === null) return null;
    tokens.push(match[1] ?? match[2] ?? match[3] ?? "");
  }
  return tokens.length === 0 ? null : tokens;
}

import { show } from "../config/suggest.ts";
import type { Router } from "../model/router.ts";
import { unknownKeys } from "./declared.ts";
import { wrong, type Wrong } from "./finding.ts";

const NAME = /^[a-z][a-z0-9]*(-[a-z0-9]+)*$/;
const TEXTS = ["paper", "summary"] as const satisfies readonly (keyof Router)[];
const FLAGS = ["causal", "wantsBalanceLoss"] as const satisfies readonly (keyof Router)[];
const OPTIONAL_FLAGS = [
  "causalTraining",
  "tokenwise",
  "interchangeable",
  "seesLabels",
  "takesSelectionBias",
] as const satisfies readonly (keyof Router)[];
const REQUIRED = ["flopsPerToken", "route"] as const satisfies readonly (keyof Router)[];
const OPTIONAL = [
  "problems",
  "alwaysOnExperts",
  "parameters",
  "state",
  "noise",
  "matrices",
  "measures",
  "carry",
  "solved",
  "afterExperts",
  "olmoe",
] as const satisfies readonly (keyof Router)[];
const KEYS = ["name", "options", ...TEXTS, ...FLAGS, ...OPTIONAL_FLAGS, ...REQUIRED, ...OPTIONAL];

/** What keeps a value from being a router, before any of its functions is called; empty when it conforms. */
export function definitionProblems(value: unknown): Wrong[] {
  if (typeof value !== "object" || value === null) {
    return [
      wrong(
        "default export",
        `is ${value === undefined ? "missing" : show(value)}; write \`export default defineRouter({ ... })\` (docs/your-router.md)`,
      ),
    ];
  }
  const router = value as Record<string, unknown>;
  const problems: Wrong[] = [];
  const refuse = (field: string, wanted: string): void => {
    const found = router[field];
    const given =
      found === undefined ? "is missing" : `is ${typeof found === "function" ? "a function" : show(found)}`;
    problems.push(wrong(field, `${given}; it must be ${wanted}`));
  };
  const { name, options } = router;
  if (typeof name !== "string" || !NAME.test(name)) refuse("name", 'lower-case words joined by "-"');
  for (const field of TEXTS) if (typeof router[field] !== "string") refuse(field, "a text");
  for (const field of [...FLAGS, ...OPTIONAL_FLAGS]) {
    const isLeftOut = router[field] === undefined && OPTIONAL_FLAGS.some((other) => other === field);
    if (!isLeftOut && !["boolean", "function"].includes(typeof router[field])) {
      refuse(field, "true or false, or a function of the options");
    }
  }
  if (typeof router["seesLabels"] === "function") refuse("seesLabels", "true or false, or left out");
  const isZodObject = typeof options === "object" && options !== null && "safeParse" in options;
  if (options !== undefined && !(isZodObject && "shape" in options)) {
    refuse("options", "a zod object, e.g. z.strictObject({}), or left out");
  }
  for (const field of REQUIRED) if (typeof router[field] !== "function") refuse(field, "a function");
  for (const field of OPTIONAL) {
    if (!["function", "undefined"].includes(typeof router[field])) refuse(field, "a function, or left out");
  }
  return [...unknownKeys("router", router, KEYS), ...problems];
}

import { didYouMean, nearest, quoted, show } from "../config/suggest.ts";
import type { RouterOptions, RouterSizes, Router } from "../model/router.ts";
import { threw, wrong, type Wrong } from "./finding.ts";

type Value = unknown;
/** What is wrong with the value of one field. */
type Rule = (field: string, value: Value) => readonly Wrong[];

const isFlag: Rule = (field, value) =>
  typeof value === "boolean" ? [] : [wrong(field, `is ${show(value)}; it must be true or false`)];

const isNumber: Rule = (field, value) =>
  Number.isFinite(value) ? [] : [wrong(field, `is ${shown(value)}; it must be a finite number`)];

const isText: Rule = (field, value) =>
  typeof value === "string" ? [] : [wrong(field, `is ${shown(value)}; it must be a text`)];

const isNotNegative: Rule = (field, value) =>
  Number.isFinite(value) && (value as number) >= 0
    ? []
    : [wrong(field, `is ${shown(value)}; it must be a number, 0 or more`)];

const isCount: Rule = (field, value) =>
  Number.isInteger(value) && (value as number) >= 0
    ? []
    : [wrong(field, `is ${shown(value)}; it must be a whole number, 0 or more`)];

const isShape: Rule = (field, value) =>
  Array.isArray(value) && value.every((extent) => Number.isInteger(extent) && (extent as number) > 0)
    ? []
    : [wrong(field, `is ${shown(value)}; it must be a list of whole numbers above 0, e.g. [D, E]`)];

const isOneOf =
  (...words: readonly string[]): Rule =>
  (field, value) => {
    if (words.includes(value as string)) return [];
    const guess = typeof value === "string" ? didYouMean(value, words) : "";
    return [wrong(field, `is ${shown(value)}; it must be ${words.map(show).join(" or ")}${guess}`)];
  };

/** Fields of one thing that is declared by name, with their rules. */
interface Form {
  readonly required: Readonly<Record<string, Rule>>;
  readonly optional: Readonly<Record<string, Rule>>;
}

/** Things by name, each of one form. */
const named =
  (form: Form, extra: Rule = () => []): Rule =>
  (field, value) => {
    if (!isRecord(value)) return [wrong(field, `gives ${shown(value)}; it must give an object, by name`)];
    return Object.entries(value).flatMap(([name, item]) => {
      const at = `${field}.${name}`;
      if (!isRecord(item)) return [wrong(at, `is ${shown(item)}; it must be an object`)];
      const { required, optional } = form;
      const known = { ...required, ...optional };
      const unknown = unknownKeys(at, item, Object.keys(known));
      const missing = Object.keys(required).filter(
        (key) => !(key in item) && !unknown.some(({ message }) => message.includes(`did you mean "${key}"`)),
      );
      return [
        ...unknown,
        ...missing.map((key) => wrong(`${at}.${key}`, "is missing")),
        ...Object.entries(item).flatMap(
          ([key, inner]) => (inner === undefined ? undefined : known[key]?.(`${at}.${key}`, inner)) ?? [],
        ),
        ...extra(at, item),
      ];
    });
  };

const startsSomehow: Rule = (field, item) => {
  const { std, initial, ...others } = item as Record<string, Value>;
  if (std !== undefined && initial !== undefined) {
    return [
      wrong(field, `has both std ${shown(std)} and initial ${shown(initial)}; it starts by one of them`),
    ];
  }
  const misspelt = Object.keys(others).some((key) => nearest(key, ["std", "initial"]) !== undefined);
  if (std !== undefined || initial !== undefined || misspelt) return [];
  return [
    wrong(field, "has neither std nor initial; give `std: initStd`, or `initial: 0` for a constant start"),
  ];
};

const byName = (rule: Rule): Rule => {
  return (field, value) => {
    if (!isRecord(value)) return [wrong(field, `gives ${shown(value)}; it must give an object, by name`)];
    return Object.entries(value).flatMap(([name, item]) => rule(`${field}.${name}`, item));
  };
};

const parameters = named(
  { required: { shape: isShape }, optional: { std: isNotNegative, initial: isNumber, trained: isFlag } },
  startsSomehow,
);
const state = named({
  required: { shape: isShape, initial: isNumber },
  optional: { dtype: isOneOf("float32") },
});
const noise = named({
  required: { shape: isShape, distribution: isOneOf("normal", "uniform") },
  optional: { inEvaluation: isFlag },
});
const carry = named({ required: { shape: isShape }, optional: {} });
const measures = named({ required: { unit: isText }, optional: { chance: isNumber } });
const isOlmoe: Rule = (field, value) => {
  if (value === null || (isRecord(value) && typeof value["weight"] === "string")) return [];
  return [wrong(field, `gives ${shown(value)}; it must give { weight, normTopKProb }, or null`)];
};

const BY_OPTIONS = {
  causal: isFlag,
  causalTraining: isFlag,
  tokenwise: isFlag,
  interchangeable: isFlag,
  wantsBalanceLoss: isFlag,
  takesSelectionBias: isFlag,
  alwaysOnExperts: isCount,
  olmoe: isOlmoe,
} as const satisfies Partial<Record<keyof Router, Rule>>;

const BY_SIZES = {
  parameters,
  state,
  noise,
  matrices: byName(isShape),
  measures,
  carry,
  flopsPerToken: isNotNegative,
  solved: byName(isNumber),
} as const satisfies Partial<Record<keyof Router, Rule>>;

/** What is wrong with the values that a router declares at some sizes; nothing of it is run. */
export function declaredProblems(router: Router, sizes: RouterSizes, options: RouterOptions): Wrong[] {
  const calls: [string, Rule, () => unknown][] = [
    ...entries(BY_OPTIONS).map(([name, rule]): [string, Rule, () => unknown] => [
      name,
      rule,
      () => router[name](options),
    ]),
    ...entries(BY_SIZES).map(([name, rule]): [string, Rule, () => unknown] => [
      name,
      rule,
      () => router[name](sizes, options),
    ]),
  ];
  return calls.flatMap(([name, rule, call]) => {
    try {
      return rule(name, call());
    } catch (error) {
      return [threw(name, error)];
    }
  });
}

/** Keys that nobody reads. */
export function unknownKeys(field: string, value: object, known: readonly string[]): Wrong[] {
  return Object.keys(value)
    .filter((key) => !known.includes(key))
    .map((key) => {
      const help = didYouMean(key, known) || `; known are ${quoted(known)}`;
      return wrong(field, `has an unknown key ${show(key)}${help}`);
    });
}

/** A value as text; what JSON has no word for too. */
export function shown(value: unknown): string {
  if (typeof value === "number" || value === undefined) return String(value);
  if (typeof value === "function") return "a function";
  if (value instanceof Promise) return "a promise";
  return show(value);
}

function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === "object" && value !== null && !Array.isArray(value) && !(value instanceof Promise);
}

function entries<T extends object>(record: T): [keyof T & string, T[keyof T & string]][] {
  return Object.entries(record) as [keyof T & string, T[keyof T & string]][];
}

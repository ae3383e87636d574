import { didYouMean, show } from "../config/suggest.ts";
import { tf } from "../engine/tf.ts";
import type { Tensor } from "../engine/types.ts";
import type { BoundRouter } from "../model/bound-router.ts";
import type { RoutingMode } from "../model/router.ts";
import { shown, unknownKeys } from "./declared.ts";
import { wrong, type Wrong } from "./finding.ts";

/** Shape and number type that a tensor must have, and the axes in letters. */
interface Wanted {
  readonly shape: readonly number[];
  readonly axes: string;
  readonly dtype: "float32" | "int32";
}

/** The kinds of assignment, with what each holds. C is as long as the router likes. */
const KINDS: Readonly<
  Record<string, Readonly<Record<string, readonly [axes: string, dtype: Wanted["dtype"]]>>>
> = {
  "token-choice": { expert: ["SK", "int32"], gate: ["SK", "float32"] },
  "expert-choice": { token: ["EC", "int32"], gate: ["EC", "float32"] },
  dense: { gate: ["SE", "float32"] },
};
/** What may stand beside these tensors. */
const BESIDE_TENSORS: Readonly<Record<string, readonly string[]>> = {
  "token-choice": ["gateOf"],
  dense: ["everyExpert"],
};
const FIELDS = [
  "assignment",
  "output",
  "logits",
  "probs",
  "losses",
  "state",
  "matrices",
  "measures",
  "carry",
];

/**
 * Types, names and shapes of what `route` returned, whatever that is; its numbers are not looked at.
 * @param afterExperts what that gave, where it was asked; until then state may be missing that it is to give.
 */
export function returnedProblems(
  routing: unknown,
  router: BoundRouter,
  mode: RoutingMode,
  afterExperts?: unknown,
): Wrong[] {
  if (routing instanceof Promise) {
    routing.catch(() => undefined);
    return [wrong("route", "returns a promise; it must return at once: write it without async and await")];
  }
  if (!isRecord(routing)) {
    return [wrong("route", `returns ${shown(routing)}; it must return an object with an assignment`)];
  }
  const { assignment, output, logits, probs, losses = {}, state = {}, matrices = {}, carry = {} } = routing;
  const { measures } = routing;
  const axes = axesOf(router, assignment);
  const scores = { shape: [axes["S"] ?? 0, axes["E"] ?? 0], axes: "SE", dtype: "float32" } as const;
  const hidden = { shape: [axes["S"] ?? 0, axes["D"] ?? 0], axes: "SD", dtype: "float32" } as const;
  const optional = (name: string, value: unknown, wanted: Wanted = scores): Wrong[] =>
    value === undefined ? [] : tensorProblems(name, value, wanted, axes);
  const scalar: Wanted = { shape: [], axes: "", dtype: "float32" };
  const declared = {
    matrices: router.matrices,
    carry: shapesOf(router.carry),
  };
  return [
    ...unknownKeys("route", routing, FIELDS),
    ...assignmentProblems(assignment, axes),
    ...optional("output", output, hidden),
    ...optional("logits", logits),
    ...optional("probs", probs),
    ...(router.wantsBalanceLoss && probs === undefined
      ? [
          wrong(
            "probs",
            "is not returned, but wantsBalanceLoss is true; return probs [S, E], or declare false",
          ),
        ]
      : []),
    ...(isRecord(losses)
      ? Object.entries(losses).flatMap(([name, loss]) => tensorProblems(`losses.${name}`, loss, scalar, axes))
      : [wrong("losses", `is ${shown(losses)}; it must be an object of scalars, by name`)]),
    ...stateProblems(state, router, axes, { mode, afterExperts }),
    ...namedProblems("matrices", matrices, declared.matrices, { axes, isRequired: true }),
    ...(measures === undefined || typeof measures === "function"
      ? measuresProblems(measures as (() => unknown) | undefined, router, axes)
      : [wrong("measures", `is ${shown(measures)}; it must be a function that gives tensors, by name`)]),
    ...namedProblems("carry", carry, declared.carry, { axes, isRequired: true }),
  ];
}

/** The state that comes in training from `route`, and from `afterExperts` where there is one. */
function stateProblems(
  state: unknown,
  router: BoundRouter,
  axes: Readonly<Record<string, number>>,
  { mode, afterExperts }: { readonly mode: RoutingMode; readonly afterExperts: unknown },
): Wrong[] {
  const isAsked = router.afterExperts !== undefined && mode === "train";
  const declared = shapesOf(router.state);
  if (!isAsked || afterExperts === undefined) {
    return namedProblems("state", state, declared, { axes, isRequired: mode === "train" && !isAsked });
  }
  if (!isRecord(afterExperts)) {
    const message = `gives ${shown(afterExperts)}; it must give an object of tensors, next values of state by name`;
    return [wrong("afterExperts", message)];
  }
  return namedProblems("state", { ...(state as object), ...afterExperts }, declared, {
    axes,
    isRequired: true,
  });
}

function shapesOf(
  declared: Readonly<Record<string, { readonly shape: readonly number[] }>>,
): Readonly<Record<string, readonly number[]>> {
  return Object.fromEntries(Object.entries(declared).map(([name, { shape }]) => [name, shape]));
}

function assignmentProblems(assignment: unknown, axes: Readonly<Record<string, number>>): Wrong[] {
  const kinds = Object.keys(KINDS).map(show).join(", ");
  if (!isRecord(assignment)) {
    return [
      wrong("assignment", `is ${shown(assignment)}; it must be an object whose kind is one of ${kinds}`),
    ];
  }
  const { kind, gateOf, everyExpert, ...tensors } = assignment;
  const form = typeof kind === "string" ? KINDS[kind] : undefined;
  if (form === undefined) {
    const is = kind === undefined ? "is missing" : `is ${shown(kind)}`;
    const help = typeof kind === "string" ? didYouMean(kind, Object.keys(KINDS)) : "";
    return [wrong("assignment.kind", `${is}; it must be one of ${kinds}${help}`)];
  }
  return [
    ...unknownKeys("assignment", tensors, [...Object.keys(form), ...(BESIDE_TENSORS[String(kind)] ?? [])]),
    ...(gateOf === undefined || typeof gateOf === "function"
      ? []
      : [wrong("assignment.gateOf", `is ${shown(gateOf)}; it must be a function of experts, or left out`)]),
    ...(everyExpert === undefined || (everyExpert === true && kind === "dense")
      ? []
      : [
          wrong(
            "assignment.everyExpert",
            `is ${shown(everyExpert)} beside kind ${show(kind)}; it must be true beside kind "dense", or left out`,
          ),
        ]),
    ...Object.entries(form).flatMap(([name, [letters, dtype]]) => {
      const shape = Array.from(letters).map((letter) => axes[letter] ?? 0);
      return tensorProblems(`assignment.${name}`, tensors[name], { shape, axes: letters, dtype }, axes);
    }),
  ];
}

/** They are asked for at once, so that what is wrong with them shows before any analysis. */
function measuresProblems(
  measures: (() => unknown) | undefined,
  router: BoundRouter,
  axes: Readonly<Record<string, number>>,
): Wrong[] {
  const declared = Object.keys(router.measures).map((name) => [name, [axes["S"] ?? 0]] as const);
  const found = measures === undefined ? {} : measures();
  return namedProblems("measures", found, Object.fromEntries(declared), { axes, isRequired: true });
}

/** What is declared by name must come, and nothing else. */
function namedProblems(
  field: string,
  returned: unknown,
  declared: Readonly<Record<string, readonly number[]>>,
  { axes, isRequired }: { readonly axes: Readonly<Record<string, number>>; readonly isRequired: boolean },
): Wrong[] {
  if (!isRecord(returned))
    return [wrong(field, `is ${shown(returned)}; it must be an object of tensors, by name`)];
  return [
    ...Object.keys(declared)
      .filter((name) => isRequired && !(name in returned))
      .map((name) => wrong(`${field}.${name}`, "is declared, but not returned")),
    ...Object.entries(returned).flatMap(([name, value]) => {
      const shape = declared[name];
      if (shape === undefined) {
        const help =
          didYouMean(name, Object.keys(declared)) || `; declare it: ${field}: () => ({ ${name}: ... })`;
        return [wrong(`${field}.${name}`, `is returned, but not declared${help}`)];
      }
      return tensorProblems(`${field}.${name}`, value, { shape, axes: "", dtype: "float32" }, axes);
    }),
  ];
}

function tensorProblems(
  field: string,
  value: unknown,
  wanted: Wanted,
  axes: Readonly<Record<string, number>>,
): Wrong[] {
  const want = `${described(wanted)} of ${wanted.dtype}`;
  if (value === undefined) return [wrong(field, `is missing; it must be ${want}`)];
  if (isRecord(value) && "dataId" in value) {
    return [
      wrong(field, 'is a tensor of another copy of tfjs; take it from here: import { tf } from "moe-lab"'),
    ];
  }
  if (!(value instanceof tf.Tensor))
    return [wrong(field, `is ${shown(value)}; it must be a tensor, ${want}`)];
  const { shape, dtype } = value as Tensor;
  const types = dtype === wanted.dtype ? [] : [wrong(field, typeMessage(dtype, wanted.dtype))];
  if (shape.join() === wanted.shape.join()) return types;
  const found = `[${shape.join(", ")}]${lettersOf(shape, axes)}`;
  return [
    ...types,
    wrong(field, `has the shape ${found}, wanted ${described(wanted)}${shapeHelp(shape, wanted, axes)}`),
  ];
}

function typeMessage(found: string, wanted: Wanted["dtype"]): string {
  const help =
    wanted === "int32"
      ? 'take indices from topKIndices, or tf.cast(x, "int32")'
      : 'divide or multiply by a float32, or tf.cast(x, "float32")';
  return `is ${found}, wanted ${wanted}; ${help}`;
}

/** What was probably meant. */
function shapeHelp(
  found: readonly number[],
  { shape, axes }: Wanted,
  all: Readonly<Record<string, number>>,
): string {
  const same = (other: readonly number[]): boolean => found.join() === other.join();
  const size = (extents: readonly number[]): number => extents.reduce((a, b) => a * b, 1);
  const { S = 0, E = 0 } = all;
  if (axes === "" && shape.length === 0) return "; sum or average it: tf.mean(x)";
  if (axes === "SK" && same([S, E])) {
    return '; read the gates of the chosen with takeAlongLast(scores, expert), or return kind "dense"';
  }
  if (axes === "SE" && found.length === 2 && found[0] === S && found[1] !== undefined && found[1] < E) {
    return "; it must have a number for every expert, not for the chosen alone";
  }
  if (found.length > 1 && same([...shape].reverse())) return "; transpose it: tf.transpose(x)";
  if (axes === "SK" && found.length === 2 && found[0] === S) {
    return '; every token must have K experts: where the number varies, return kind "dense" with zeros in gate';
  }
  if (size(found) === size(shape)) return `; reshape it: tf.reshape(x, [${shape.join(", ")}])`;
  return "";
}

/** `[S, K] = [6, 2]`. */
function described({ shape, axes }: Wanted): string {
  if (shape.length === 0) return "a scalar []";
  const letters = Array.from(axes).join(", ");
  return axes === "" ? `[${shape.join(", ")}]` : `[${letters}] = [${shape.join(", ")}]`;
}

/** ` = [S, E]` where every extent is that of one axis. */
function lettersOf(shape: readonly number[], axes: Readonly<Record<string, number>>): string {
  const letters = shape.map((extent) => {
    const fitting = Object.keys(axes).filter((letter) => axes[letter] === extent);
    return fitting.length === 1 ? fitting[0] : undefined;
  });
  return letters.length === 0 || letters.includes(undefined) ? "" : ` = [${letters.join(", ")}]`;
}

function axesOf({ sizes: { B, T, D, E, K } }: BoundRouter, assignment: unknown): Record<string, number> {
  const axes = { S: B * T, D, E, K };
  const token = isRecord(assignment) ? (assignment["token"] as Tensor | undefined) : undefined;
  return token instanceof tf.Tensor && token.rank === 2 ? { ...axes, C: token.shape[1] ?? 0 } : axes;
}

function isRecord(value: unknown): value is Record<string, unknown> {
  return (
    typeof value === "object" && value !== null && !(value instanceof tf.Tensor) && !Array.isArray(value)
  );
}

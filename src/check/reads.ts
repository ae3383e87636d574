import { didYouMean } from "../config/suggest.ts";
import type { BoundRouter } from "../model/bound-router.ts";
import { wrong, type Wrong } from "./finding.ts";
import { LAYER_INPUTS } from "./route-program.ts";

type Field = (typeof LAYER_INPUTS)[number];

/** What `route` reads of its parameters, state and noise. */
export interface Reads {
  readonly names: ReadonlySet<string>;
  /** Names that are not there, with where they were asked for. */
  readonly absent: ReadonlyMap<string, Error>;
}

/** A router that notes what its `route` reads, over all its calls. */
export function listening(router: BoundRouter): { readonly router: BoundRouter; readonly reads: Reads } {
  const names = new Set<string>();
  const absent = new Map<string, Error>();
  const hear = <T extends object>(field: Field, record: T): T =>
    new Proxy(record, {
      get: (target, name) => {
        if (typeof name !== "string") return Reflect.get(target, name) as unknown;
        const full = `${field}.${name}`;
        names.add(full);
        if (!(name in target) && !absent.has(full)) absent.set(full, new Error(full));
        return Reflect.get(target, name) as unknown;
      },
    });
  const { afterExperts } = router;
  const heard: BoundRouter = {
    ...router,
    route: (input) =>
      router.route({
        ...input,
        parameters: hear("parameters", input.parameters),
        state: hear("state", input.state),
        noise: hear("noise", input.noise),
        carry: hear("carry", input.carry),
      }),
    ...(afterExperts && { afterExperts: (outputs, state) => afterExperts(outputs, hear("state", state)) }),
  };
  return { router: heard, reads: { names, absent } };
}

/** What is declared, but read in no mode; and what was meant where something else was asked for. */
export function unreadProblems(router: BoundRouter, { names, absent }: Reads): Wrong[] {
  return LAYER_INPUTS.flatMap((field) =>
    Object.keys(router[field])
      .filter((name) => !names.has(`${field}.${name}`))
      .map((name) => {
        const asked = [...absent.keys()].filter((full) => full.startsWith(`${field}.`));
        const [meant] = asked.filter((full) => didYouMean(full.slice(field.length + 1), [name]) !== "");
        const help = meant === undefined ? "; use it, or take it out" : `; it asks for ${meant}`;
        const message = `is declared, but route reads it in no mode${help}`;
        return wrong(`${field}.${name}`, message, meant === undefined ? undefined : absent.get(meant));
      }),
  );
}

/** Why `route` threw, where it had asked for something that is not there; empty where it had not. */
export function absentProblems(router: BoundRouter, { absent }: Reads): Wrong[] {
  return [...absent].map(([full, at]) => {
    const [field, name] = full.split(".") as [Field, string];
    const declared = Object.keys(router[field]);
    if (field === "noise" && declared.includes(name)) {
      const message = `is used in evaluation, where there is none; use it only if mode is "train"`;
      return wrong(full, message, at);
    }
    const help = didYouMean(name, declared) || `; declare it in ${field}`;
    return wrong(full, `is used, but not declared${help}`, at);
  });
}

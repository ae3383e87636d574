import type { BoundRouter } from "../model/bound-router.ts";
import { wrong, type Wrong } from "./finding.ts";

/** Where a router asked for something that is no input of it. */
export interface Chances {
  /** Calls of Math.random. */
  random: Error | null;
  /** Calls of a clock. */
  clock: Error | null;
}

/** A router whose calls of Math.random and of clocks are noted; all else of the process is left alone. */
export function withChances(router: BoundRouter): {
  readonly router: BoundRouter;
  readonly chances: Chances;
} {
  const chances: Chances = { random: null, clock: null };
  const route: BoundRouter["route"] = (input) => {
    const { random } = Math;
    const { now } = Date;
    const performanceNow = performance.now.bind(performance);
    Math.random = () => {
      chances.random ??= new Error("Math.random");
      return random();
    };
    Date.now = () => {
      chances.clock ??= new Error("Date.now");
      return now();
    };
    performance.now = () => {
      chances.clock ??= new Error("performance.now");
      return performanceNow();
    };
    try {
      return router.route(input);
    } finally {
      Object.assign(Math, { random });
      Object.assign(Date, { now });
      Reflect.deleteProperty(performance, "now");
    }
  };
  return { router: { ...router, route }, chances };
}

/** @param changed the first field that another call with the same numbers gave otherwise; null where none did. */
export function chanceProblems({ random, clock }: Chances, changed: string | null): Wrong[] {
  if (random !== null) {
    const message =
      "calls Math.random (tfjs's random operations do too), which a traced step draws once for the whole training; " +
      "declare `noise`, which comes anew each step, or draw a fixed table with streamOf";
    return [wrong("route", message, random)];
  }
  if (changed === null) return [];
  const by = clock === null ? "" : ", as it reads a clock";
  const message =
    `gives another ${changed} when it is called again with the same numbers${by}; it must depend on its inputs alone ` +
    "(what it carries from step to step goes into `state`)";
  return [wrong("route", message, clock ?? undefined)];
}

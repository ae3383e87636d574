import type { Wrong } from "./finding.ts";
import { futureProblems } from "./future.ts";
import { numberProblems, MODES, outsideProblems, returnProblems } from "./layer-checks.ts";
import { operationProblems } from "./operations.ts";
import { renumberingProblems } from "./renumbering.ts";
import {
  type CheckedStep,
  engineProblems,
  repeatProblems,
  stepValueProblems,
  tieProblems,
  unreachedParameters,
} from "./steps.ts";
import type { CheckSubject } from "./subject.ts";
import { tokenwiseProblems } from "./tokenwise.ts";

/** One thing that any router must pass. */
export interface RouterCheck<Subject> {
  readonly name: string;
  /** Whether there is anything of the router to try. */
  readonly applies: (subject: CheckSubject) => boolean;
  /** It throws what the router throws. */
  readonly run: (subject: Subject) => readonly Wrong[] | Promise<readonly Wrong[]>;
}

/** A check of a training step, and what it is of. */
export interface StepSubject {
  readonly step: CheckedStep;
  readonly subject: CheckSubject;
}

/** Name of the check that an engine without compilation does not need. */
export const COMPILE_CHECK = "has operations that can be compiled, and FLOPs that fit them";

const always = (): boolean => true;

/** Whether the router returns anything that the others could look at. */
const RETURNS: readonly RouterCheck<CheckSubject>[] = [
  {
    name: "returns what it declares, in the right shapes",
    applies: always,
    run: ({ models, engines }) =>
      returnProblems(
        engines.eager,
        models.map(({ router }) => router),
      ),
  },
];

const COMPILES: readonly RouterCheck<CheckSubject>[] = [
  {
    name: COMPILE_CHECK,
    applies: always,
    run: ({ first }) => operationProblems(first.router, MODES),
  },
  {
    name: "chooses distinct experts, with finite numbers",
    applies: always,
    run: async ({ models, engines, axesOf }) => {
      const found: Wrong[] = [];
      for (const model of models.slice(0, 2)) {
        found.push(...(await numberProblems(engines.eager, model.router, axesOf(model))));
      }
      return found;
    },
  },
];

const REPEATS: readonly RouterCheck<CheckSubject>[] = [
  {
    name: "depends on its inputs alone",
    applies: always,
    run: ({ first, engines }) => outsideProblems(engines.eager, first.router),
  },
];

const MEANS: readonly RouterCheck<CheckSubject>[] = [
  {
    name: "sees neither the future nor other sequences",
    applies: always,
    run: ({ first, engines }) => futureProblems(engines.eager, first.router),
  },
  {
    name: "follows a renumbering of the experts",
    applies: canRenumber,
    run: ({ first, engines, axes }) => renumberingProblems(engines.eager, first.router, axes),
  },
];

const ALONE: readonly RouterCheck<CheckSubject>[] = [
  {
    name: "routes each token by itself, as it declares",
    applies: ({ first }) => first.router.tokenwise,
    run: ({ first, engines }) => tokenwiseProblems(engines.eager, first.router),
  },
];

/** Each stands on those before it: the next is asked where all of one are well. */
export const LAYER_CHECKS: readonly (readonly RouterCheck<CheckSubject>[])[] = [
  RETURNS,
  COMPILES,
  REPEATS,
  MEANS,
  ALONE,
];

/** What is asked of a training step of a small model. */
export const STEP_CHECKS: readonly RouterCheck<StepSubject>[] = [
  {
    name: "gives finite losses and gradients",
    applies: always,
    run: ({ step }) => stepValueProblems(step),
  },
  {
    name: "trains every parameter that it says it trains",
    applies: always,
    run: ({ step }) => unreachedParameters(step),
  },
  {
    name: "gives equal numbers on both engines",
    applies: always,
    run: ({ step, subject }) => engineProblems(step, subject.engines),
  },
  {
    name: "gives equal numbers on both engines where all scores are tied",
    applies: always,
    run: ({ step, subject }) => tieProblems(step, subject.engines),
  },
  {
    name: "gives the same bits again",
    applies: always,
    run: ({ step, subject }) => repeatProblems(step, subject.engines),
  },
];

/** Whether a router has anything whose experts can be renumbered, and says that this changes nothing else. */
function canRenumber({ first, axes }: CheckSubject): boolean {
  return axes.size > 0 && first.router.interchangeable;
}

import { baselineOf } from "../config/grid.ts";
import { MAX_SEEDS } from "../config/schema.ts";
import type { Experiment } from "../config/settings.ts";
import { InputError } from "../core/errors.ts";
import type { Problem } from "../core/errors.ts";
import { evenSteps, planLooks, takeLook } from "../analysis/look-plan.ts";
import type { PlannedRun } from "../exec/plan.ts";
import { questionOf, readLooks } from "../store/looks.ts";
import type { Look, LooksRecord, Procedure } from "../records/looks.ts";
import { plural } from "../core/plural.ts";
import type { RunRequest } from "./run-flags.ts";

/** Looks that `--until-decided` plans when nobody says how many. */
export const DEFAULT_LOOKS = 4;

/** What is known of the looks at the question that an experiment asks. */
export interface LookHistory {
  readonly record: LooksRecord;
  readonly question: string;
  /** The procedure that the experiment's seeds belong to; null when they were never looked at. */
  readonly procedure: Procedure | null;
  /** Nothing recorded or asked for has this seed or a later one. */
  readonly freeSeed: number;
  /** How many seeds the experiment asks for by itself. */
  readonly seedCount: number;
}

/**
 * Reads what was looked at in a result folder.
 * @param baseline one of its runs: what is asked is a question about it.
 * @param seeds those of the experiment.
 * @throws InputError for a damaged record.
 */
export function openLooks(
  folder: string,
  baseline: Pick<PlannedRun, "plan">,
  seeds: readonly number[],
): LookHistory {
  const question = questionOf(baseline.plan.identity);
  const record = readLooks(folder) ?? { format: 1, current: null, procedures: [] };
  const own = record.procedures.filter((procedure) => procedure.question === question);
  const procedure =
    own.findLast((candidate) => seedsSeen(candidate).some((seed) => seeds.includes(seed))) ?? null;
  const used = [...seeds, ...own.flatMap((candidate) => candidate.looks.flatMap((look) => look.seeds))];
  return { record, question, procedure, freeSeed: Math.max(...used) + 1, seedCount: seeds.length };
}

/** Seeds looked at so far; of a procedure without a look yet, those of its first. */
function seedsSeen({ looks, taken }: Procedure): readonly number[] {
  return looks[Math.max(0, taken - 1)]?.seeds ?? [];
}

/**
 * The seeds of a plain `run`: the experiment's, and those that have been looked at beside them. A table of only a part of what was seen would be a
 * choice made after seeing it.
 */
export function seedsToShow({ procedure }: LookHistory, seeds: readonly number[]): number[] {
  const seen = procedure === null || procedure.taken === 0 ? [] : seedsSeen(procedure);
  return [...seen, ...seeds.filter((seed) => !seen.includes(seed))];
}

/** The record with a procedure put in place of the history's, as the one that the folder's results are of. */
export function recordWith({ record, procedure: before }: LookHistory, procedure: Procedure): LooksRecord {
  const known = before === null ? -1 : record.procedures.indexOf(before);
  if (known === -1) {
    return { format: 1, current: record.procedures.length, procedures: [...record.procedures, procedure] };
  }
  return { format: 1, current: known, procedures: record.procedures.with(known, procedure) };
}

/**
 * The procedure after a plain `run` of these seeds.
 * @param looks of `--looks`: the run is the first of so many.
 * @returns null where there is nothing to judge: one seed, or no variant but baselines.
 */
export function lookByHand(
  { procedure, question }: LookHistory,
  experiment: Pick<Experiment, "baseline" | "variants">,
  seeds: readonly number[],
  looks: number | null,
): Procedure | null {
  if (seeds.length < 2 || comparedVariants(experiment).length === 0) return null;
  const count = looks ?? 1;
  const fresh = (): Procedure => planLooks(question, evenSteps(seeds, count, count * seeds.length));
  const isPlanned = procedure !== null && (procedure.taken > 0 || looks === null);
  return takeLook(isPlanned ? procedure : fresh(), seeds);
}

/** Names of the variants that are no baselines. */
export function comparedVariants(experiment: Pick<Experiment, "baseline" | "variants">): string[] {
  return experiment.variants.map(({ name }) => name).filter((name) => baselineOf(experiment, name) !== name);
}

/**
 * What should be known before training: that more is shown than was asked for, or that nothing is left to pay for the look.
 * @param asked seeds of the experiment.
 * @param seeds `seedsToShow` of them.
 * @returns null when all is well.
 */
export function lookWarning(
  { procedure, freeSeed }: LookHistory,
  asked: readonly number[],
  seeds: readonly number[],
): string | null {
  if (procedure === null || procedure.taken === 0) return null;
  if (takeLook(procedure, seeds) === procedure) {
    const more = seeds.length - asked.length;
    return more === 0
      ? null
      : `${plural(more, "seed")} more ${more === 1 ? "has" : "have"} been looked at before, so the table has all ${seeds.length}`;
  }
  const planned = payingLooks(procedure).length;
  if (procedure.taken < planned) return null;
  return (
    `${plural(planned, "look")} at these seeds ${planned === 1 ? "was" : "were"} planned and taken, which used the ${100 * procedure.alpha} % of false positives. ` +
    `Another one shows numbers but changes no verdict. --first-seed ${freeSeed} starts anew on other seeds; --looks or --until-decided plan for more from the start`
  );
}

/** Refuses `--looks` where the plan is fixed already. @throws InputError */
export function refuseOtherLooks({ procedure }: LookHistory, { looks }: Pick<RunRequest, "looks">): void {
  const problem = otherLooks(procedure, looks);
  if (problem !== null) throw new InputError([problem]);
}

function otherLooks(procedure: Procedure | null, looks: number | null): Problem | null {
  if (procedure === null || procedure.taken === 0 || looks === null) return null;
  const planned = payingLooks(procedure).length;
  if (planned === looks) return null;
  const message = `${plural(planned, "look")} at these seeds ${planned === 1 ? "was" : "were"} planned before the first was taken, and that can't change after it; leave the flag out`;
  return { where: `--looks ${looks}`, path: "", message };
}

/** Looks that share the false-positive rate. */
export function payingLooks({ looks }: Procedure): readonly Look[] {
  return looks.filter(({ level }) => level !== null);
}

/**
 * The plan of `--until-decided`: the recorded one, or a new one of even steps.
 * @throws InputError for a plan that can't be, or one that differs from the recorded one.
 */
export function planUntilDecided(
  { procedure, question, freeSeed }: LookHistory,
  { seeds }: Pick<Experiment, "seeds">,
  { looks, maxSeeds }: Pick<RunRequest, "looks" | "maxSeeds">,
): Procedure {
  const isFixed = procedure !== null && (procedure.taken > 0 || (looks === null && maxSeeds === null));
  const problems: Problem[] = [];
  if (isFixed) {
    const other = otherLooks(procedure, looks);
    if (other !== null) problems.push(other);
    const last = payingLooks(procedure).at(-1)?.seeds.length ?? 0;
    if (maxSeeds !== null && maxSeeds > last) {
      const message = `the plan made before the first look ends at ${plural(last, "seed")}; leave the flag out, or start anew on other seeds with --first-seed ${freeSeed}`;
      problems.push({ where: `--max-seeds ${maxSeeds}`, path: "", message });
    }
    if (problems.length > 0) throw new InputError(problems);
    return procedure;
  }
  const count = looks ?? DEFAULT_LOOKS;
  const most = maxSeeds ?? count * seeds.length;
  const where = maxSeeds === null ? plural(seeds.length, "seed") : `--max-seeds ${maxSeeds}`;
  if (most < 2 * count) {
    const message = `${plural(count, "look")} need at least ${2 * count} seeds, 2 more at each; give more with --max-seeds, or fewer --looks`;
    problems.push({ where, path: "", message });
  }
  if (most > MAX_SEEDS)
    problems.push({
      where,
      path: "",
      message: `the last look would have ${most} seeds; at most ${MAX_SEEDS}`,
    });
  if (problems.length > 0) throw new InputError(problems);
  return planLooks(question, evenSteps(seeds, count, most));
}

import { RunError } from "../../core/errors.ts";
import type { Engine, Executable } from "../../engine/types.ts";
import { decisionProgram, gradientProgram, routesProgram } from "../../model/programs.ts";
import type { OpenedRun } from "./open-model.ts";

/** What making programs needs from elsewhere. */
export interface ProgramSources {
  readonly engine: Engine;
  /** Whether the final models are also sent on other routes (judge-routes.ts). */
  readonly isRegretAsked: boolean;
  /** Told what can't be said of a variant, once. */
  readonly note: (text: string) => void;
}

/** The programs of a variant; compiled again only for another one. */
export interface Programs {
  readonly key: string;
  readonly executable: Executable;
  /** Null where a step needs more than a batch: the objective measures against the parent. */
  readonly gradients: Executable | null;
  /** Null where nobody asked, or the router does not say what other routes would weigh. */
  readonly routes: Executable | null;
}

/** The programs of a run: those at hand where they are its variant's. */
export async function programsFor(
  { run, spec }: OpenedRun,
  known: Programs | null,
  { engine, isRegretAsked, note }: ProgramSources,
): Promise<Programs> {
  const key = JSON.stringify(run.record.identity.settings);
  if (known?.key === key) return known;
  await disposeOf(known);
  const executable = await engine.compile(decisionProgram(spec, "eval"));
  const { hasReference } = spec.objective;
  if (hasReference) note(`${run.variant}: no gradients: its objective measures against the parent`);
  const gradients = hasReference ? null : await engine.compile(gradientProgram(spec));
  if (!isRegretAsked) return { key, executable, gradients, routes: null };
  try {
    return { key, executable, gradients, routes: await engine.compile(routesProgram(spec)) };
  } catch (error) {
    if (!(error instanceof RunError)) throw error;
    note(`${run.variant}: no regret: ${error.message}`);
    return { key, executable, gradients, routes: null };
  }
}

/** Frees what programs hold. */
export async function disposeOf(programs: Programs | null): Promise<void> {
  const held = [programs?.executable, programs?.gradients, programs?.routes];
  for (const one of held) await one?.dispose();
}

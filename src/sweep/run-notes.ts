import type { PlannedRun } from "../exec/plan.ts";
import { plural } from "../core/plural.ts";
import { join } from "node:path";
import { lengthlessIdOf } from "../store/identity.ts";
import type { Session } from "./session.ts";

type Notes = readonly { readonly type: "note"; readonly text: string }[];

/** Which runs are trained again because their files can't be trusted, and why. */
export function damageNotes({ records, runsFolder }: Session, todo: readonly PlannedRun[]): Notes {
  return todo.flatMap(({ runName }) => {
    const { damage } = records.of(runName);
    if (damage.length === 0) return [];
    const why = `${join(runsFolder, runName)}: ${damage.join("; ")}`;
    return [
      { type: "note", text: `${why}. The run is trained again; what was left is kept as <file>.damaged` },
    ];
  });
}

/** How many finished runs nothing vouches for. */
export function sealNotes({ records }: Session, asked: readonly PlannedRun[]): Notes {
  const names = new Set(
    asked.filter(({ known }) => known?.status === "finished").map(({ runName }) => runName),
  );
  const unsealed = [...names].filter((runName) => !records.of(runName).isSealed).length;
  if (unsealed === 0) return [];
  const text =
    `${plural(unsealed, "finished run")} of an older version ${unsealed === 1 ? "is" : "are"} unsealed: ` +
    "a change of their files would not be noticed; `moe-lab verify --seal` seals them as they are";
  return [{ type: "note", text }];
}

/** Which runs start anew although there is a finished one of another length: the learning rate of every step depends on the last. */
export function lengthNotes({ records }: Session, todo: readonly PlannedRun[]): Notes {
  const others = todo.flatMap(({ known, plan: { identity } }) => {
    const other = known === null ? records.finishedLike(identity, lengthlessIdOf) : null;
    return other === null ? [] : [{ steps: identity.settings.training.steps, before: other.stepsDone }];
  });
  const [first] = others;
  if (first === undefined) return [];
  const runs = `${plural(others.length, "run")} of ${first.steps} steps ${others.length === 1 ? "starts" : "start"} anew`;
  const text =
    `${runs}: there ${others.length === 1 ? "is a finished one" : "are finished ones"} of ${first.before} steps, but a run is not made ` +
    "longer, since its learning rate was planned for its own end from the first step on";
  return [{ type: "note", text }];
}

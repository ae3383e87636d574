import { INSTRUCTION_TASKS, isInstructions } from "../declared/instructions.ts";
import { OBJECTIVES, type DeclaredObjective } from "../declared/objective.ts";
import type { SettingProblem } from "../layers.ts";
import type { Segments } from "../paths.ts";
import type { ObjectiveSettings, Settings } from "../settings.ts";
import { shapeIssues } from "../shape.ts";
import { quoted, show } from "../suggest.ts";

/** What is declared of an objective. */
export function declaredObjective({ name }: Pick<ObjectiveSettings, "name">): DeclaredObjective {
  return OBJECTIVES[name];
}

/** The objective with all its options present, and what is wrong with them. */
export function resolveObjective(written: ObjectiveSettings): {
  readonly settings: ObjectiveSettings;
  readonly problems: readonly SettingProblem[];
} {
  const { options } = declaredObjective(written);
  const parsed = options.safeParse(written.options);
  if (parsed.success) {
    return { settings: { ...written, options: parsed.data as ObjectiveSettings["options"] }, problems: [] };
  }
  const problems = shapeIssues(options, written.options).map(({ path, at, message }) => ({
    paths: [["objective", "options", ...path]],
    at,
    message: `${message} (objective ${show(written.name)})`,
  }));
  return { settings: written, problems };
}

/** What an objective can't do with the other settings, as far as settings tell. */
export function objectiveProblems({ objective, data, model, parent }: Settings): readonly SettingProblem[] {
  const declared = declaredObjective(objective);
  const name = show(objective.name);
  const problems: SettingProblem[] = [];
  const refuse = (message: string, ...paths: readonly (readonly (string | number)[])[]): void => {
    problems.push({ paths, message });
  };
  if (declared.continues && parent === null) {
    const message = `${name} trains on from a parent, but there is none; give the run a "parent", or a stage before this one`;
    refuse(message, ["objective", "name"], ["objective"]);
  }
  if (
    declared.hasReference &&
    parent !== null &&
    (!parent.keepRouter || parent.model.experts !== model.experts)
  ) {
    const message = `${name} measures against its parent, so that it starts as the same model; keep its router and its experts`;
    refuse(message, ["parent", "keepRouter"], ["objective", "name"]);
  }
  const wantsInstructions = declared.needs !== "tokens";
  const others = [...data.domains.entries()].filter(
    ([, { corpus }]) => isInstructions(corpus) !== wantsInstructions,
  );
  const places: readonly Segments[] =
    others.length === data.domains.length
      ? [["data", "domains"]]
      : others.map(([index]) => ["data", "domains", index]);
  for (const place of places) {
    const index = place[2];
    const named = typeof index === "number" ? show(data.domains[index]?.name) : null;
    const learned = declared.needs === "pairs" ? "pairs of a chosen and a rejected answer" : "answers";
    const message = wantsInstructions
      ? `${name} learns ${learned}, but ${named === null ? "no domain has any" : `the domain ${named} has none`}; take domains of instructions (${quoted(INSTRUCTION_TASKS)})`
      : `${named ?? "every domain"} is of instructions, which ${name} does not learn; take one of ${quoted(learners())}`;
    refuse(message, place, ["data", "domains"], ["objective", "name"]);
  }
  if (wantsInstructions && data.vocabulary !== 256) {
    refuse(`instructions are bytes, so the vocabulary must be 256, not ${data.vocabulary}`, [
      "data",
      "vocabulary",
    ]);
  }
  if (declared.needs === "pairs" && data.batchSequences % 2 === 1) {
    const message = `${name} learns pairs, two sequences each, but batchSequences is ${data.batchSequences}; make it even`;
    refuse(message, ["data", "batchSequences"], ["objective", "name"]);
  }
  return problems;
}

function learners(): readonly string[] {
  return Object.entries(OBJECTIVES).flatMap(([name, { needs }]) => (needs === "tokens" ? [] : [name]));
}

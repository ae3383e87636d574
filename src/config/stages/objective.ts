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
  for (const { place, message } of domainProblems(data, name, declared.needs)) {
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

/** Domains that an objective can't learn from: text and instructions don't mix in a run. Domains that are nothing at all have a problem of their own. */
function domainProblems(
  { domains }: Settings["data"],
  name: string,
  needs: DeclaredObjective["needs"],
): readonly { readonly place: Segments; readonly message: string }[] {
  const wantsInstructions = needs !== "tokens";
  const known = [...domains.entries()].filter(
    ([, { corpus, task, files }]) => corpus !== null || task !== null || files.length > 0,
  );
  const others = known.filter(([, { corpus }]) => isInstructions(corpus) !== wantsInstructions);
  const learned = needs === "pairs" ? "pairs of a chosen and a rejected answer" : "answers";
  const all = quoted(wantsInstructions ? INSTRUCTION_TASKS : learners());
  if (others.length > 0 && others.length === domains.length) {
    const message = wantsInstructions
      ? `${name} learns ${learned}, but no domain has any; take domains of instructions (${all})`
      : `every domain is of instructions, which ${name} does not learn; take one of ${all}`;
    return [{ place: ["data", "domains"], message }];
  }
  return others.map(([index, domain]) => {
    const own = show(domain.name);
    const why = wantsInstructions
      ? `${name} learns ${learned}, but the domain ${own} has none`
      : `${own} is of instructions, which ${name} does not learn`;
    const stage = wantsInstructions ? '"pretrain"' : `one of ${all}`;
    const message = `${why}, and text and instructions don't mix in a run; leave it out, or learn it in a stage of its own (${stage})`;
    return { place: ["data", "domains", index], message };
  });
}

function learners(): readonly string[] {
  return Object.entries(OBJECTIVES).flatMap(([name, { needs }]) => (needs === "tokens" ? [] : [name]));
}

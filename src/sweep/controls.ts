import type { Experiment, Settings } from "../config/settings.ts";
import { show } from "../config/suggest.ts";
import { trainedNames } from "../model/programs.ts";
import type { ModelSpec } from "../model/spec.ts";

/** A control that is not what its key says: its dotted path in the file, and one sentence. */
interface ControlProblem {
  readonly path: string;
  readonly message: string;
}

/**
 * Controls are held to what they stand for, since tables call them frozen random routing and a dense model: a floor has no trained router
 * weight, a dense control one expert.
 */
export function controlProblems(
  { controls, variants }: Pick<Experiment, "controls" | "variants">,
  specOf: (settings: Settings) => ModelSpec,
): readonly ControlProblem[] {
  const settingsOf = (control: string | null): readonly Settings[] =>
    variants
      .filter(({ name }) => control !== null && armOf(name) === armOf(control))
      .map(({ settings }) => settings);
  const problems: ControlProblem[] = [];
  const trained = settingsOf(controls.floor).flatMap((settings) => trainedRouterNames(specOf(settings)))[0];
  if (trained !== undefined) {
    const message =
      `${show(controls.floor)} trains its router (${trained}), so it is no floor: frozen random routing is a router with the ` +
      'option "frozen": true; name a variant without trained router weights, or remove it here';
    problems.push({ path: "controls.floor", message });
  }
  const experts = settingsOf(controls.dense)
    .map(({ model }) => model.experts)
    .find((count) => count > 1);
  if (experts !== undefined) {
    const message = `${show(controls.dense)} has ${experts} experts, so it is not dense; name a variant with one, or remove it here`;
    problems.push({ path: "controls.dense", message });
  }
  return problems;
}

function trainedRouterNames(spec: ModelSpec): string[] {
  return trainedNames(spec).filter((name) => spec.parameters[name]?.role === "router");
}

/** In a grid a control stands for its arm at every combination. */
function armOf(variant: string): string | undefined {
  return variant.split(", ", 1)[0];
}

import { parsePath } from "./paths.ts";
import { annealSteps, routerSteps } from "./settings.ts";

import { didYouMean, show } from "./suggest.ts";
import type { MergedSettings, SettingProblem } from "./layers.ts";

/** A check that needs more than one field. Each reports what it sees; none stops the others. */
type Rule = (settings: MergedSettings) => readonly SettingProblem[];

const MAX_PARAMETERS = 2e9;
const MAX_BATCH_TOKENS = 2 ** 20;
const MAX_HELD_OUT_SHARE = 0.9;

/** A problem of some settings, the first being the one to change. */
function problem(message: string, ...paths: readonly string[]): readonly SettingProblem[] {
  return [{ paths: paths.map(parsePath), message }];
}

/** A number in a message: 1 234 567. */
function grouped(count: number): string {
  return Math.round(count).toLocaleString("en-US").replaceAll(",", " ");
}

function topKFitsExperts({ model }: MergedSettings): readonly SettingProblem[] {
  if (model.topK <= model.experts) return [];
  return problem(
    `topK is ${model.topK}, but there are only ${model.experts} experts; lower topK or add experts`,
    "model.topK",
    "model.experts",
  );
}

function denseLayersLeaveOne({ model }: MergedSettings): readonly SettingProblem[] {
  if (model.denseLayers < model.layers) return [];
  return problem(
    `denseLayers is ${model.denseLayers}, but there are only ${model.layers} layers, and one must have experts; lower denseLayers or add layers`,
    "model.denseLayers",
    "model.layers",
  );
}

function latentIsNarrower({ model }: MergedSettings): readonly SettingProblem[] {
  if (model.latentWidth < model.width) return [];
  return problem(
    `latentWidth is ${model.latentWidth}, but the width is ${model.width}, so nothing would be narrower; lower latentWidth, or set it to 0 for experts at full width`,
    "model.latentWidth",
    "model.width",
  );
}

function headsDivideWidth({ model }: MergedSettings): readonly SettingProblem[] {
  if (model.width % model.heads === 0) return [];
  return problem(
    `${model.heads} heads do not divide the width ${model.width}; choose a divisor`,
    "model.heads",
    "model.width",
  );
}

/** Rotary positions turn the two halves of a head against each other. */
function headSizeIsEven({ model }: MergedSettings): readonly SettingProblem[] {
  const size = model.width / model.heads;
  if (!Number.isInteger(size) || size % 2 === 0) return [];
  return problem(
    `the head size ${model.width} / ${model.heads} = ${size} is odd, but rotary positions need an even one`,
    "model.heads",
    "model.width",
  );
}

function modelIsSmall({ model }: MergedSettings): readonly SettingProblem[] {
  const { width, layers, experts, expertWidth, latentWidth } = model;
  const expertSpace = latentWidth === 0 ? width : latentWidth;
  const parameters = layers * (3 * experts * expertSpace * expertWidth + 4 * width * width);
  if (parameters <= MAX_PARAMETERS) return [];
  return problem(
    `the model would have about ${grouped(parameters)} parameters; moe-lab trains at most ${grouped(MAX_PARAMETERS)}`,
    "model.expertWidth",
    "model.experts",
    "model.width",
    "model.layers",
  );
}

function batchIsSmall({ data }: MergedSettings): readonly SettingProblem[] {
  const tokens = data.batchSequences * data.sequenceLength;
  if (tokens <= MAX_BATCH_TOKENS) return [];
  return problem(
    `a batch would have ${grouped(tokens)} tokens (${data.batchSequences} x ${data.sequenceLength}); at most ${grouped(MAX_BATCH_TOKENS)}`,
    "data.batchSequences",
    "data.sequenceLength",
  );
}

function heldOutSharesLeaveTraining({ data }: MergedSettings): readonly SettingProblem[] {
  const { validationShare, testShare } = data;
  if (validationShare + testShare < MAX_HELD_OUT_SHARE) return [];
  return problem(
    `validation and test take ${validationShare} + ${testShare} of the text; together they must stay below ${MAX_HELD_OUT_SHARE}`,
    "data.validationShare",
    "data.testShare",
  );
}

function domainNamesAreUnique({ data }: MergedSettings): readonly SettingProblem[] {
  const names = data.domains.map((domain) => domain.name);
  return names.flatMap((name, index) => {
    if (names.indexOf(name) === index) return [];
    return problem(`the domain name "${name}" is used twice; rename one`, `data.domains[${index}].name`);
  });
}

function warmupEndsBeforeTraining({ training }: MergedSettings): readonly SettingProblem[] {
  if (training.warmupSteps < training.steps) return [];
  return problem(
    `the warm-up of ${training.warmupSteps} steps must be shorter than the training of ${training.steps} steps`,
    "training.warmupSteps",
    "training.steps",
  );
}

function annealFollowsCosine({ training }: MergedSettings): readonly SettingProblem[] {
  const { annealShare, warmupSteps, steps, finalLearningRateShare } = training;
  if (annealShare === 0) return [];
  if (finalLearningRateShare === 0) {
    return problem(
      `annealShare is ${annealShare}, but the cosine has ended at zero already (finalLearningRateShare 0); set one of the two to another value`,
      "training.annealShare",
      "training.finalLearningRateShare",
    );
  }
  const anneal = annealSteps(training);
  if (warmupSteps + anneal < steps) return [];
  return problem(
    `the warm-up of ${warmupSteps} steps and the anneal of ${anneal} leave none of the ${steps} steps between them; shorten one`,
    "training.annealShare",
    "training.warmupSteps",
    "training.steps",
  );
}

function routerLearns({ training }: MergedSettings): readonly SettingProblem[] {
  const { first, last } = routerSteps(training);
  if (first <= last) return [];
  return problem(
    `the router would learn in none of the ${training.steps} steps (from share ${training.routerStart} to ${training.routerEnd}); move one, or take a router that is frozen`,
    "training.routerStart",
    "training.routerEnd",
    "training.steps",
  );
}

function windowIsOfShares({ losses }: MergedSettings): readonly SettingProblem[] {
  const { balanceForm, balanceScope } = losses;
  if (balanceScope !== "window" || balanceForm === "switch") return [];
  return problem(
    `balanceScope is "window", but the form "${balanceForm}" has no share of assignments to count over batches; take "switch", or another scope`,
    "losses.balanceScope",
    "losses.balanceForm",
  );
}

function loadHasAChoice({ losses, model }: MergedSettings): readonly SettingProblem[] {
  if (losses.balanceForm !== "importance-load" || model.topK < model.experts) return [];
  return problem(
    `balanceForm is "importance-load", but with topK ${model.topK} of ${model.experts} experts every load is the same; take another form`,
    "losses.balanceForm",
    "model.topK",
  );
}

function evaluationFitsValidation({ training, data }: MergedSettings): readonly SettingProblem[] {
  if (training.evaluationTokens <= data.validationTokens) return [];
  return problem(
    `evaluationTokens is ${training.evaluationTokens}, more than the validationTokens, ${data.validationTokens}`,
    "training.evaluationTokens",
    "data.validationTokens",
  );
}

function wordShareDomainsAreThere({ data }: MergedSettings): readonly SettingProblem[] {
  const names = data.domains.map(({ name }) => name);
  return (data.wordShareDomains ?? []).flatMap((name, index) =>
    names.includes(name)
      ? []
      : problem(
          `${show(name)} is no domain of this experiment${didYouMean(name, names)}`,
          `data.wordShareDomains[${index}]`,
        ),
  );
}

/** Three tokens of a sequence say where its parts begin. */
function sequencesHoldAMiddle({ data }: MergedSettings): readonly SettingProblem[] {
  if (data.fimRate === 0 || data.sequenceLength >= 4) return [];
  return problem(
    `sequences of ${data.sequenceLength} tokens have no middle to fill in beside three marks; take at least 4, or fimRate 0`,
    "data.fimRate",
    "data.sequenceLength",
  );
}

const RULES: readonly Rule[] = [
  topKFitsExperts,
  denseLayersLeaveOne,
  latentIsNarrower,
  headsDivideWidth,
  headSizeIsEven,
  modelIsSmall,
  batchIsSmall,
  heldOutSharesLeaveTraining,
  domainNamesAreUnique,
  warmupEndsBeforeTraining,
  annealFollowsCosine,
  routerLearns,
  windowIsOfShares,
  loadHasAChoice,
  evaluationFitsValidation,
  wordShareDomainsAreThere,
  sequencesHoldAMiddle,
];

/** All impossible combinations of settings. */
export function settingProblems(settings: MergedSettings): readonly SettingProblem[] {
  return RULES.flatMap((rule) => rule(settings));
}

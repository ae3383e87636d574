import { streamOf } from "../core/streams.ts";
import { evaluationBatches, tokensThatFit } from "../data/batches.ts";
import { bitsPerByte } from "../data/losses.ts";
import { optimumOf } from "../data/optimum.ts";
import type { Corpus, EvaluationBatch } from "../data/types.ts";
import { evaluationProgram } from "../model/programs.ts";
import type { FinalResults } from "../records/results.ts";
import { askModel } from "./decoding/ask.ts";
import { type Evaluation, loadSummary } from "./evaluate.ts";
import { judge, type ModelAt, prepare, type Prepared } from "./judge.ts";
import { labelInformation } from "./label-information.ts";
import type { ModelMemory } from "./model-memory.ts";
import { objectiveResults } from "./objective-results.ts";
import type { Reference } from "./reference.ts";
import type { TrainingJob, TrainingOutcome } from "./types.ts";

/**
 * The final evaluation, on all validation tokens, and once on the test split, which nothing is chosen by.
 * @param tail training losses of the last steps, nats per token.
 * @throws RunError where a loss is not finite
 */
export async function finalResults(
  job: TrainingJob,
  { memory, reference }: { readonly memory: ModelMemory; readonly reference: Reference },
  evaluation: Prepared,
  tail: readonly number[],
): Promise<TrainingOutcome> {
  const { corpus, model } = job;
  const { data, training } = model.settings;
  const last = { memory, step: training.steps };
  const batches = evaluationBatches(corpus, data, "validation", data.validationTokens);
  const found = await judge(job, evaluation, batches, last);
  const causal = model.causal ? null : await causalEvaluation(job, last, batches);
  const testTokens = tokensThatFit(corpus, data, "test", data.validationTokens);
  const test =
    testTokens === null
      ? null
      : await judge(job, evaluation, evaluationBatches(corpus, data, "test", testTokens), last);
  const answers = await askModel(job, memory.inputs);
  const results: FinalResults = {
    tokensTrained: training.steps * data.batchSequences * data.sequenceLength,
    trainLossNats: tail.reduce((sum, loss) => sum + loss, 0) / tail.length,
    validationLossNats: found.lossNats,
    validationBitsPerByte: bitsPerByte(corpus, batches, found.domainLossNats),
    causalValidationLossNats: causal?.lossNats ?? null,
    domainLossNats: found.domainLossNats,
    balanceLoss: found.balanceLoss,
    zLoss: found.zLoss,
    ...loadSummary(found.load),
    unroutedShare: found.unroutedShare,
    testLossNats: test?.lossNats ?? null,
    ...taskResults(job, causal ?? found),
    ...(answers && { answers }),
    ...(await objectiveResults(job, memory, reference)),
  };
  const { load, expertsPerToken, matrices } = found;
  return { status: "finished", stepsDone: training.steps, results, load, expertsPerToken, matrices };
}

/** All validation tokens once more, with only the past deciding. */
async function causalEvaluation(
  job: TrainingJob,
  last: ModelAt,
  batches: readonly EvaluationBatch[],
): Promise<Evaluation> {
  const { model, corpus, engine } = job;
  const prepared = await prepare(engine, evaluationProgram(model, "causal-eval", isTask(corpus)));
  const found = await judge(job, prepared, batches, last);
  await prepared.executable.dispose();
  return found;
}

/** Whether labels and the best possible loss are known. */
export function isTask({ domains }: Corpus): boolean {
  return domains.every(({ task }) => task !== null);
}

/** What a synthetic task lets one know; nothing of text. Of routers that see the future: when only the past decides. */
function taskResults(
  { model, corpus, seed }: TrainingJob,
  { routed }: Evaluation,
): Pick<FinalResults, "task"> {
  const { data } = model.settings;
  const optimum = optimumOf(corpus, data, "validation", data.validationTokens);
  if (optimum === null) return {};
  const { E } = model.sizes;
  const { layers, denseLayers } = model.settings.model;
  const shape = { layers: layers - denseLayers, experts: E };
  const information = labelInformation(routed, shape, streamOf(seed, "label-shuffle"));
  return { task: { optimumNats: optimum.measuredNats, ...information } };
}

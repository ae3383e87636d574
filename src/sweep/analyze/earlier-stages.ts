import { join } from "node:path";
import { evaluationBatches, tokensThatFit } from "../../data/batches.ts";
import type { DomainTokens, EvaluationBatch } from "../../data/types.ts";
import type { HostArray } from "../../engine/types.ts";
import type { ModelSpec } from "../../model/spec.ts";
import { loadFinalCheckpoint } from "../../store/checkpoint.ts";
import { completedSettings } from "../../store/identity.ts";
import { inputsOf } from "../../train/decide.ts";
import { batchesOf, readable, type ModelSources, type OpenedRun } from "./open-model.ts";
import type { StoredRun } from "./stored-runs.ts";

/**
 * The model that a run went on from, as inputs of its programs: the parent's final weights, router included. Null where there is no parent, where it is not there,
 * or where the router, or an expert, started otherwise than as the parent's.
 * @throws InputError where its weights can't be read.
 */
export function startOf(run: StoredRun, spec: ModelSpec): Record<string, HostArray> | null {
  const [parent] = run.parents;
  const { parent: settings } = spec.settings;
  if (parent === undefined || settings === null || !settings.keepRouter) return null;
  if (parent.record.identity.settings.model.experts !== spec.settings.model.experts) return null;
  const load = () => loadFinalCheckpoint(join(parent.folder, "checkpoint"), parent.record.id);
  return inputsOf(spec, readable(parent.folder, load));
}

interface TextSources extends Pick<ModelSources, "corpusOf"> {
  /** Validation tokens. */
  readonly tokens: number;
}

/** What the models of a run are looked at on. */
interface TextToLookAt {
  /** The run's own validation batches. */
  readonly own: readonly EvaluationBatch[];
  /** These, and behind them those of text that stages before learned. */
  readonly batches: readonly EvaluationBatch[];
  /** Of all batches. */
  readonly domains: readonly DomainTokens[];
}

/**
 * Fixed validation batches of a run's own data and of the domains that its parents learned, by names that it has not itself, in the shape of its own. Nothing of a
 * parent whose tokens are others, or whose text is no longer there; and nothing for an oracle: labels of other data mean other things.
 * @param sources `tokens` of each data, about.
 * @throws InputError where there is not one batch of its own.
 */
export function textOf(opened: OpenedRun, { corpusOf, tokens }: TextSources): TextToLookAt {
  const { run, spec, corpus } = opened;
  const own = batchesOf(opened, tokens);
  const [batches, domains] = [[...own], [...corpus.domains]];
  for (const { record } of spec.seesLabels ? [] : run.parents) {
    const theirs = corpusOf(completedSettings(record.identity.settings).data);
    if (theirs.hash !== record.identity.dataHash || theirs.vocabulary !== corpus.vocabulary) continue;
    const known = domains.map(({ name }) => name);
    const text = { ...theirs, domains: theirs.domains.filter(({ name }) => !known.includes(name)) };
    const { data } = spec.settings;
    const fitting = text.domains.length === 0 ? null : tokensThatFit(text, data, "validation", tokens);
    if (fitting === null) continue;
    domains.push(...text.domains);
    batches.push(...evaluationBatches(text, data, "validation", fitting).map(weighted(corpus.domains)));
  }
  return { own, batches, domains };
}

/** A batch as programs of answers want it: none of its tokens is one. */
function weighted(own: readonly DomainTokens[]): (batch: EvaluationBatch) => EvaluationBatch {
  const hasAnswers = own.some(({ answers }) => answers !== undefined);
  return (batch) => ({
    ...batch,
    ...(hasAnswers && batch.weights === undefined ? { weights: new Float32Array(batch.inputs.length) } : {}),
  });
}

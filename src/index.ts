/**
 * The library: what a router of one's own is written with (docs/your-router.md), and what runs experiments and reads runs and
 * results in a program. Routers must take `tf` and `z` from here: tfjs keeps its engine in globals.
 */
export { z } from "zod";

export { tf, detach } from "./engine/tf.ts";
export { topKIndices } from "./engine/ops/discrete.ts";
export { putAlongLast, takeAlongLast } from "./engine/ops/rows.ts";
export { chooseRenormalised, chooseUnnormalised } from "./model/gating.ts";
export { defineRouter } from "./model/router.ts";
export type {
  Assignment,
  ExpertOutputs,
  Named,
  OlmoeRouting,
  Router,
  RouterCarry,
  RouterDefinition,
  RouterInput,
  RouterMeasure,
  RouterNoise,
  RouterOptions,
  RouterParameter,
  RouterProblem,
  RouterSizes,
  RouterState,
  Routing,
  RoutingMode,
  TensorsOf,
} from "./model/router.ts";
export type { Tensor, Tensors } from "./engine/types.ts";
export { checkRouter } from "./check/check-router.ts";
export { callRouter } from "./check/call-router.ts";
export type { Numbers, RouterAnswer, RouterCall } from "./check/call-router.ts";
export type { RouterFinding } from "./check/finding.ts";
export { streamOf } from "./core/streams.ts";
export type { Stream } from "./core/streams.ts";

export { InputError, RunError } from "./core/errors.ts";
export type { Problem } from "./core/errors.ts";
export { loadExperiment } from "./config/load.ts";
export type { LoadedExperiment, LoadOptions } from "./config/load.ts";
export type { WrittenExperiment } from "./config/schema.ts";
export type { DataSettings, Experiment, ModelSettings, Settings, Variant } from "./config/settings.ts";
export { shippedRouters } from "./routers/index.ts";

export { loadFinalCheckpoint } from "./store/checkpoint.ts";
export { readExperimentFiles } from "./store/experiment-files.ts";
export { listRuns, readRun } from "./store/read-run.ts";
export type { ExperimentResults } from "./records/experiment.ts";
export type { RunRecord } from "./records/run.ts";
export type { Checkpoint } from "./train/types.ts";
export { summarise } from "./analysis/summary.ts";
export type { Summary, SummaryOptions, SummaryRow } from "./analysis/summary.ts";

export { runExperiment } from "./sweep/run-experiment.ts";
export type { RunExperimentOptions } from "./sweep/run-experiment.ts";
export type { RunEvent, SweepEvent } from "./sweep/events.ts";
export type { Failure, RunInfo } from "./sweep/run-info.ts";
export type { Finished, Interrupted, NextStep, Outcome, StepPrice } from "./sweep/outcome.ts";
export type { Answer } from "./report/answer.ts";
export type { Table } from "./tables/table.ts";

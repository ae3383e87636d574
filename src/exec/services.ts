import { loadCorpus } from "../data/corpus.ts";
import { createEngine } from "../engine/create.ts";
import { shippedRouters } from "../routers/index.ts";
import { timeSteps } from "../train/time-steps.ts";
import { train } from "../train/train.ts";
import type { WorkerServices } from "./run-job.ts";
import { loadUserRouter } from "./user-router.ts";

/** The real services of a worker process; importing this loads the engine's libraries. */
export const workerServices: WorkerServices = {
  createEngine,
  loadCorpus,
  loadRouter: async (name, file) => {
    if (file !== null) return loadUserRouter(file);
    const router = shippedRouters.get(name);
    if (router === undefined) throw new Error(`there is no shipped router ${name}`);
    return { router, file: null, hash: null };
  },
  train,
  timeSteps,
};

// What is measured: changes to the recipe of experiments/attention-router.json (standard tier: linear router's best learning
// rate, warm-up a tenth of the steps). Each is trained with three arms at every seed.

/**
 * The change of a training of n steps.
 * @param {number} n
 */
function steps(n) {
  return [`training.steps=${n}`, `training.warmupSteps=${n / 10}`];
}

/**
 * A dense trunk of the same width as one expert, whose copies the experts start as.
 * @param {number} n its steps
 */
function denseTrunk(n) {
  return [
    'parent.router={"name":"dense"}',
    'parent.model={"experts":1,"topK":1}',
    `parent.training={"steps":${n},"warmupSteps":${n / 10}}`,
  ];
}

/**
 * A trunk with linear routing, whose experts are kept and whose router is drawn anew.
 * @param {number} n its steps
 */
function moeTrunk(n) {
  return [`parent.training={"steps":${n},"warmupSteps":${n / 10}}`];
}

/**
 * Settings by name, as `--set` takes them.
 * @type {Readonly<Record<string, readonly string[]>>}
 */
export const SETTINGS = {
  "400 steps": steps(400),
  "800 steps": steps(800),
  "1600 steps": steps(1600),
  "3200 steps": steps(3200),
  "800 steps, decay to zero": [...steps(800), "training.finalLearningRateShare=0"],
  "800 steps, half the learning rate": [...steps(800), "training.learningRate=0.00085"],
  "800 steps, learning rate 0.003": [...steps(800), "training.learningRate=0.003"],
  "400 steps, twice the batch": [...steps(400), "data.batchSequences=32"],
  "dense trunk of 800, then 400": [...steps(400), ...denseTrunk(800)],
  "dense trunk of 800 (seed 1), then 400": [...steps(400), ...denseTrunk(800), "parent.seed=1"],
  "MoE trunk of 800, then 400": [...steps(400), ...moeTrunk(800)],
  "MoE trunk of 800 (seed 1), then 400": [...steps(400), ...moeTrunk(800), "parent.seed=1"],
};

/**
 * The arms: a baseline, its like with another draw of the router (A/A), and routers to compare with it.
 * @type {Readonly<Record<string, { variant: string, redraw: number }>>}
 */
export const ARMS = {
  linear: { variant: "linear", redraw: 0 },
  "linear again": { variant: "linear", redraw: 1 },
  attention: { variant: "attention", redraw: 0 },
  frozen: { variant: "frozen", redraw: 0 },
};

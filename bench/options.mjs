/** The command line of the benchmark. */
import { parseArgs } from "node:util";
import { ROUTERS, SIZE_NAMES } from "./sizes.mjs";

/** Everything that can take a training step. */
export const PEERS = /** @type {const} */ ([
  "native",
  "compiled",
  "tfjs-cpu",
  "tfjs-node",
  "torch",
  "torch-compile",
]);

const MODES = /** @type {const} */ (["step", "sweep", "scaling", "memory", "profile", "phases"]);

/**
 * @import { RouterName, SizeName } from "./sizes.mjs"
 * @typedef {(typeof PEERS)[number]} PeerName
 * @typedef {(typeof MODES)[number]} Mode
 */
/**
 * What was asked for; null leaves the choice to the measurement.
 * @typedef {{ modes: Mode[], sizes: SizeName[] | null, routers: RouterName[] | null, peers: PeerName[] | null,
 *   threads: number[] | null, rounds: number, steps: number | null, json: string | null }} Options
 */

const DEFAULT_ROUNDS = 15;

export const HELP = `Times whole training steps of moe-lab and its peers in turn (A B A B ...).

  npm run bench -- [options]

What is measured (default --step; several may be given):
  --step            one training step of each peer, beside the multiply floor
  --sweep           8 runs on 2 processes of one thread, in steps a second
  --scaling         time against tokens, active experts, number of experts
  --memory          resident memory over 10 000 steps
  --profile         where the compiled step spends its time
  --phases          where the time of a whole run goes
  --all             all of these
Options (lists with commas, or given again):
  --size NAME       ${SIZE_NAMES.join(", ")}
  --router NAME     ${ROUTERS.join(", ")}
  --peer NAME       ${PEERS.join(", ")}
  --threads N       threads of each peer
  --rounds N        turns of each peer in a sitting (default ${DEFAULT_ROUNDS})
  --steps N         steps of a run, but with --step and --scaling
  --json FILE       write the rows as JSON; - is stdout, and prints nothing else
  --help

The PyTorch peers run in the Python of MOE_LAB_PYTHON, or python3. What does not
load is named on stderr and left out. Keep the machine quiet meanwhile.
npm prints its own header; for pure JSON use: npm run --silent bench -- --json -
`;

/** A command line that can't be obeyed; the message names all problems. */
export class UsageError extends Error {}

/**
 * Reads the command line.
 * @param {readonly string[]} argv without node and script
 * @returns {Options | "help"}
 * @throws {UsageError}
 */
export function parseOptions(argv) {
  const list = /** @type {const} */ ({ type: "string", multiple: true });
  const flag = /** @type {const} */ ({ type: "boolean", default: false });
  const one = /** @type {const} */ ({ type: "string" });
  const options = {
    ...{ size: list, router: list, peer: list, threads: list },
    ...{ rounds: one, steps: one, json: one, all: flag, help: flag },
    ...{ step: flag, sweep: flag, scaling: flag, memory: flag, profile: flag, phases: flag },
  };
  let values;
  try {
    ({ values } = parseArgs({ args: [...argv], options, strict: true, allowPositionals: false }));
  } catch (error) {
    throw new UsageError(error instanceof Error ? error.message : String(error));
  }
  if (values.help) return "help";
  /** @type {string[]} */
  const problems = [];
  const named = { ...values };
  const asked = MODES.filter((mode) => values.all || named[mode]);
  /** @type {Options} */
  const found = {
    modes: asked.length === 0 ? ["step"] : asked,
    sizes: namesOf("size", values.size, SIZE_NAMES, problems),
    routers: namesOf("router", values.router, ROUTERS, problems),
    peers: namesOf("peer", values.peer, PEERS, problems),
    threads:
      items(values.threads)?.map((text) => wholeNumber("threads", text, [1, 1024], problems) ?? 1) ?? null,
    rounds: wholeNumber("rounds", values.rounds, [1, 100_000], problems) ?? DEFAULT_ROUNDS,
    steps: wholeNumber("steps", values.steps, [2, 10_000_000], problems),
    json: values.json ?? null,
  };
  if (problems.length > 0) throw new UsageError(problems.join("\n"));
  return found;
}

/**
 * @param {readonly string[] | undefined} given
 * @returns {string[] | null} without repetitions
 */
function items(given) {
  if (given === undefined) return null;
  return [...new Set(given.flatMap((text) => text.split(",")).map((text) => text.trim()))];
}

/**
 * @template {string} Name
 * @param {string} option
 * @param {readonly string[] | undefined} given
 * @param {readonly Name[]} allowed
 * @param {string[]} problems takes a sentence for each name that is not allowed
 * @returns {Name[] | null} those that are
 */
function namesOf(option, given, allowed, problems) {
  const names = items(given);
  if (names === null) return null;
  return names.flatMap((name) => {
    const known = allowed.find((one) => one === name);
    if (known !== undefined) return [known];
    problems.push(`--${option} ${JSON.stringify(name)} is not one of ${allowed.join(", ")}`);
    return [];
  });
}

/**
 * @param {string} option
 * @param {string | undefined} text
 * @param {readonly [number, number]} range the least and the most that it may be
 * @param {string[]} problems takes a sentence where it is none
 */
function wholeNumber(option, text, [least, most], problems) {
  if (text === undefined) return null;
  const value = /^\d+$/.test(text) ? Number(text) : NaN;
  if (value >= least && value <= most) return value;
  problems.push(`--${option} ${JSON.stringify(text)} is not a whole number from ${least} to ${most}`);
  return null;
}

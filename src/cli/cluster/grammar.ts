import type { Command } from "commander";
import type { Problem } from "../../core/errors.ts";
import { RUN_FLAG_LIST, readRequest } from "../../sweep/run-flags.ts";
import type { RunFlag } from "../../sweep/run-flags.ts";
import { readFlags } from "../flags.ts";
import { addRunFlag, collect, givenRunFlags, loose, refuse } from "../grammar.ts";
import type { CommandIO } from "../io.ts";
import type { MergeOptions } from "./merge.ts";
import type { WatchOptions } from "../watch/watch.ts";
import type { StatusOptions } from "./status.ts";
import type { SubmitOptions } from "./submit.ts";

/** The commands about runs that go on, here or on many machines; every one returns the exit code. */
export interface ClusterCommands {
  readonly status: (options: StatusOptions, io: CommandIO) => Promise<number>;
  readonly watch: (options: WatchOptions, io: CommandIO) => Promise<number>;
  readonly merge: (options: MergeOptions, io: CommandIO) => Promise<number>;
  readonly submit: (options: SubmitOptions, io: CommandIO) => Promise<number>;
}

/** The real ones, each loaded when it is called. */
export const lazyClusterCommands: ClusterCommands = {
  status: async (...call) => (await import("./status.ts")).runStatus(...call),
  watch: async (...call) => (await import("../watch/watch.ts")).runWatch(...call),
  merge: async (...call) => (await import("./merge.ts")).runMerge(...call),
  submit: async (...call) => (await import("./submit.ts")).runSubmit(...call),
};

interface Wiring {
  readonly commands: ClusterCommands;
  readonly io: CommandIO;
  readonly done: (code: number) => void;
}

/** Flags of `run` that decide which runs there are. */
const PLANNING: readonly string[] = ["out", "seeds", "steps", "tier", "set", "only", "firstSeed", "recipes"];
const LAST_PORT = 65_535;
/** Those that a job array can't have. */
const NOT_SUBMITTED: readonly string[] = [
  "dryRun",
  "json",
  "verbose",
  "take",
  "looks",
  "maxSeeds",
  "maxMinutes",
];

/** Adds `status`, `watch`, `merge` and `submit` to the command line. */
export function addClusterCommands(program: Command, wiring: Wiring): void {
  addStatus(program, wiring);
  addWatch(program, wiring);
  addMerge(program, wiring);
  addSubmit(program, wiring);
}

function addStatus(program: Command, { commands, io, done }: Wiring): void {
  const status = loose(program, "status")
    .description("how many runs are queued, running, done and failed, and what the rest costs")
    .argument("[target]", "an experiment file, an output folder of `run`, or a result folder", "results");
  for (const flag of flagsNamed((name) => PLANNING.includes(name))) addRunFlag(status, flag);
  status
    .option("--json", "print one JSON value on stdout")
    .action(async (target: string, _: unknown, command: Command) => {
      const flags = readFlags(command, 1);
      const { request, problems } = readRequest(givenRunFlags(flags));
      refuse({ problems: [...flags.problems, ...problems] });
      done(await commands.status({ target, request, json: flags.isSet("--json") }, io));
    });
}

function addWatch(program: Command, { commands, io, done }: Wiring): void {
  const watch = loose(program, "watch")
    .description(
      "show progress, curves so far and what fails in a browser, on this machine alone; Ctrl-C ends it",
    )
    .argument("[target]", "an experiment file, an output folder of `run`, or a result folder", "results");
  for (const flag of flagsNamed((name) => PLANNING.includes(name) && name !== "recipes"))
    addRunFlag(watch, flag);
  watch
    .option("--port <n>", "of the loopback address (default: a free one)")
    .action(async (target: string, _: unknown, command: Command) => {
      const flags = readFlags(command, 1);
      const { request, problems } = readRequest(givenRunFlags(flags));
      const port = flags.text("--port") ?? "0";
      const isPort = /^\d{1,5}$/.test(port) && Number(port) <= LAST_PORT;
      const wrong = {
        where: `--port ${port}`,
        path: "",
        message: `must be a whole number up to ${LAST_PORT}`,
      };
      refuse({ problems: [...flags.problems, ...problems, ...(isPort ? [] : [wrong])] });
      done(await commands.watch({ target, request, port: Number(port) }, io));
    });
}

function addMerge(program: Command, { commands, io, done }: Wiring): void {
  loose(program, "merge")
    .description("join the finished runs of machines that share no disk, verified by their seals")
    .argument("<folders...>", "output folders of `run`")
    .option("--out <folder>", "output folder that gets them all; what is there takes part (needed)")
    .option("--json", "print one JSON value on stdout")
    .action(async (_: unknown, __: unknown, command: Command) => {
      const flags = readFlags(command, Infinity);
      const out = flags.text("--out") ?? "";
      const missing = { where: "--out", path: "", message: "is needed: the folder that gets the runs" };
      refuse({ problems: out === "" ? [...flags.problems, missing] : flags.problems });
      done(await commands.merge({ folders: command.args, out, json: flags.isSet("--json") }, io));
    });
}

function addSubmit(program: Command, { commands, io, done }: Wiring): void {
  const submit = loose(program, "submit")
    .description("train an experiment as a job array, then write tables and pictures in a job after it")
    .argument("<experiment>", "experiment file")
    .option("--slurm", "submit to Slurm (needed; docs/cluster.md says how to use other schedulers)")
    .option("--print", "show the scripts; write and submit nothing")
    .option("--partition <name>", "of Slurm")
    .option("--array-size <n>", "tasks at most (default: one for each run to do, up to 100)")
    .option("--time <limit>", "walltime of a task, e.g. 90 or 1:30:00 (default: the partition's)")
    .option("--sbatch <option>", "one more option of sbatch, e.g. --account=ai; repeatable", collect, []);
  for (const flag of flagsNamed((name) => !NOT_SUBMITTED.includes(name))) addRunFlag(submit, flag);
  submit.action(async (file: string, _: unknown, command: Command) => {
    const flags = readFlags(command, 1);
    const size = flags.text("--array-size");
    const isCount = size === null || /^[1-9]\d{0,5}$/.test(size);
    const problem = (where: string, message: string): Problem => ({ where, path: "", message });
    const { request, problems } = readRequest(givenRunFlags(flags));
    const options: SubmitOptions = {
      ...{ file, request, print: flags.isSet("--print") },
      slurm: {
        partition: flags.text("--partition"),
        arraySize: size === null || !isCount ? null : Number(size),
        time: flags.text("--time"),
        more: flags.list("--sbatch"),
      },
      problems: [
        ...flags.problems,
        ...(flags.isSet("--slurm")
          ? []
          : [
              problem(
                "--slurm",
                "is needed: no other scheduler is submitted to; docs/cluster.md has the plain form",
              ),
            ]),
        ...(isCount ? [] : [problem(`--array-size ${size}`, "must be a whole number of at least 1")]),
        ...problems,
      ],
    };
    done(await commands.submit(options, io));
  });
}

function flagsNamed(isWanted: (name: string) => boolean): readonly RunFlag[] {
  return RUN_FLAG_LIST.filter(([name]) => isWanted(name)).map(([, flag]) => flag);
}

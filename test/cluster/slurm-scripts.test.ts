import { spawnSync } from "node:child_process";
import { chmodSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { answerScript, arrayScript } from "../../src/cluster/slurm-scripts.ts";
import type { SlurmJob } from "../../src/cluster/slurm-scripts.ts";
import { temporaryFolder } from "../support/folder.ts";

function jobIn(folder: string, command: readonly string[]): SlurmJob {
  return {
    ...{ name: "tiny", workingFolder: folder, logFolder: join(folder, "results/slurm/tiny"), command },
    ...{ tasks: 4, processors: 2, partition: "short", time: "1:30:00", more: ["--account=ai"] },
  };
}

test("the array: options of sbatch, the worker's command with quoted words", () => {
  const script = arrayScript(jobIn("/data/it's here", ["node", "main.js", "run", "a b.json", "--jobs", "2"]));
  const options = script.split("\n").filter((line) => line.startsWith("#SBATCH "));
  expect(options.map((line) => line.slice("#SBATCH ".length))).toEqual([
    "--job-name=moe-lab-tiny",
    "--array=0-3",
    `--output="/data/it's here/results/slurm/tiny/array-%A-%a.txt"`,
    "--ntasks=1",
    "--cpus-per-task=2",
    "--requeue",
    "--open-mode=append",
    "--signal=B:USR2@120",
    "--partition=short",
    "--time=1:30:00",
    "--account=ai",
  ]);
  expect(script).toContain("cd '/data/it'\\''s here' || exit 2\n");
  expect(script).toContain("node main.js run 'a b.json' --jobs 2 --take 1000000 &\n");
});

test("the job after it trains what is left and writes results: no --take", () => {
  const script = answerScript(jobIn("/data", ["node", "main.js", "run", "a.json"]));
  expect(script).toContain("\nnode main.js run a.json &\n");
  expect(script).not.toContain("--array=");
});

describe("the script in a shell, with made-up programs of Slurm", () => {
  /** A worker that a SIGTERM stops with exit code 130, or that ends by itself with `code`. */
  function run(act: string, code = 0): { readonly status: number | null; readonly requeued: string } {
    const folder = temporaryFolder();
    const worker = join(folder, "worker");
    writeFileSync(
      worker,
      `#!/bin/bash\ntrap 'sleep 0.1; exit 130' TERM\n${act}\nfor _ in 1 2 3 4 5; do sleep 0.1; done\nexit ${code}\n`,
    );
    const requeued = join(folder, "requeued");
    writeFileSync(join(folder, "scontrol"), `#!/bin/bash\necho "$*" >${requeued}\nexit 1\n`);
    writeFileSync(requeued, "");
    for (const name of ["worker", "scontrol"]) chmodSync(join(folder, name), 0o755);
    const { status } = spawnSync("bash", ["-c", arrayScript(jobIn(folder, [worker]))], {
      env: { PATH: `${folder}:${process.env["PATH"]}`, SLURM_ARRAY_JOB_ID: "7", SLURM_ARRAY_TASK_ID: "3" },
    });
    return { status, requeued: readFileSync(requeued, "utf8") };
  }

  test("its exit code is the worker's", () => {
    expect(run("", 1)).toEqual({ status: 1, requeued: "" });
  });

  test("near the walltime the worker is stopped and the task queued again", () => {
    expect(run("kill -USR2 $PPID")).toEqual({ status: 130, requeued: "requeue 7_3\n" });
  });

  test("a worker that was done at that moment is not", () => {
    expect(run("trap '' TERM; kill -USR2 $PPID")).toEqual({ status: 0, requeued: "" });
  });

  test("SIGTERM stops the worker; Slurm itself queues again where that is due", () => {
    expect(run("kill -TERM $PPID")).toEqual({ status: 130, requeued: "" });
  });
});

import { fork } from "node:child_process";
import type { ChildProcess } from "node:child_process";
import { fileURLToPath } from "node:url";
import type { FromWorker, ToWorker } from "./messages.ts";

/** The compiled worker beside this module. Workers are processes of their own, so they run from dist/ only. */
export const WORKER_FILE = fileURLToPath(new URL("./worker.js", import.meta.url));

/** A worker that sent its last message is killed when it has not ended after this time. */
const EXIT_GRACE_MS = 10_000;
/** How much of a worker's stderr is kept for the report of a crash. */
const STDERR_TAIL = 2_000;

/** How a worker process ended. */
export interface ChildExit {
  readonly code: number | null;
  readonly signal: NodeJS.Signals | null;
  /** The end of what it wrote on stderr. */
  readonly stderrTail: string;
}

/** A worker process. */
export interface Child {
  /** Asks it to stop after the step that it is in. */
  stop(): void;
  kill(): void;
}

/**
 * Starts a worker with one request.
 * @param threads for native libraries that read it from the environment before our code runs.
 * @param onExit called once, also when the process could not be started.
 */
export function startChild(
  workerFile: string,
  request: Exclude<ToWorker, { type: "stop" }>,
  onMessage: (message: FromWorker) => void,
  onExit: (exit: ChildExit) => void,
): Child {
  const threads = String(request.spec.threads);
  const child = fork(workerFile, [], {
    execArgv: [],
    serialization: "advanced",
    stdio: ["ignore", "ignore", "pipe", "ipc"],
    env: {
      ...process.env,
      OMP_NUM_THREADS: threads,
      TF_NUM_INTRAOP_THREADS: threads,
      TF_NUM_INTEROP_THREADS: "1",
      TF_CPP_MIN_LOG_LEVEL: "2",
    },
  });
  let stderrTail = "";
  let exited = false;
  const end = (code: number | null, signal: NodeJS.Signals | null): void => {
    if (exited) return;
    exited = true;
    onExit({ code, signal, stderrTail: stderrTail.trim() });
  };
  child.stderr?.setEncoding("utf8").on("data", (text: string) => {
    stderrTail = (stderrTail + text).slice(-STDERR_TAIL);
  });
  child.stderr?.on("error", () => undefined);
  child.on("message", (message) => {
    onMessage(message as FromWorker);
    if (isLast(message as FromWorker)) setTimeout(() => child.kill("SIGKILL"), EXIT_GRACE_MS).unref();
  });
  child.on("error", (error) => {
    stderrTail += error.message;
    if (child.pid === undefined) end(null, null);
  });
  child.on("exit", end);
  tell(child, request);
  return {
    stop: () => tell(child, { type: "stop" }),
    kill: () => void child.kill("SIGKILL"),
  };
}

/**
 * One question to a worker of its own: a timing pass or a probe.
 * @returns the seconds or the probe's result.
 * @throws Error with the worker's reason, or how it crashed.
 */
export async function askWorker<T extends "timed" | "probed">(
  workerFile: string,
  request: Exclude<ToWorker, { type: "stop" | "run" }>,
  answer: T,
  signal?: AbortSignal,
): Promise<Extract<FromWorker, { type: T }>> {
  return new Promise((resolve, reject) => {
    const child = startChild(
      workerFile,
      request,
      (message) => {
        if (message.type === answer) resolve(message as Extract<FromWorker, { type: T }>);
        else if (message.type === "refused") reject(new Error(message.message));
      },
      (exit) => reject(new Error(describeCrash(exit))),
    );
    signal?.addEventListener("abort", () => child.kill());
  });
}

/** How a worker died, in words. */
export function describeCrash({ code, signal, stderrTail }: ChildExit): string {
  const how = signal === null ? `ended with code ${code ?? "unknown"}` : `was killed by ${signal}`;
  const memory = signal === "SIGKILL" ? " (the system does that when memory runs out)" : "";
  return `the worker process ${how}${memory}${stderrTail === "" ? "" : `: ${stderrTail}`}`;
}

function isLast(message: FromWorker): boolean {
  return message.type !== "started" && message.type !== "progress";
}

/** A message to a process that has just died is nobody's loss. */
function tell(child: ChildProcess, message: ToWorker): void {
  if (child.connected) child.send(message, () => undefined);
}

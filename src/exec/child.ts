import { fork } from "node:child_process";
import type { ChildProcess } from "node:child_process";
import type { Readable } from "node:stream";
import { fileURLToPath } from "node:url";
import type { FromWorker, ToWorker } from "./messages.ts";
import { watch } from "./watchdog.ts";

/** The compiled worker beside this module. Workers are processes of their own, so they run from dist/ only. */
export const WORKER_FILE = fileURLToPath(new URL("./worker.js", import.meta.url));

/** A worker that sent its last message is killed when it has not ended after this time. */
const EXIT_GRACE_MS = 10_000;
/** Once a worker has ended, this long is waited for what it wrote last. */
const CLOSE_GRACE_MS = 1_000;
/** How much of a worker's stderr is kept for the report of a crash. */
const STDERR_TAIL = 2_000;

/** How a worker process ended. */
export interface ChildExit {
  readonly code: number | null;
  readonly signal: NodeJS.Signals | null;
  /** The end of what it wrote on stderr. */
  readonly stderrTail: string;
  /** Why its parent killed it; null when it did not. */
  readonly killedFor: string | null;
}

/** A worker process. */
export interface Child {
  /** Asks it to stop after the step that it is in. */
  readonly stop: () => void;
  readonly kill: () => void;
}

/** What is heard of a worker. */
export interface ChildListener {
  readonly onMessage: (message: FromWorker) => void;
  /** A line that it wrote on stdout or stderr, without its end: a router's `console.log`, a library's warning. */
  readonly onLine?: (line: string) => void;
  /** Called once, after all lines; also when the process could not be started. */
  readonly onExit: (exit: ChildExit) => void;
}

/** Starts a worker with one request. */
export function startChild(
  workerFile: string,
  request: Exclude<ToWorker, { type: "stop" }>,
  { onMessage, onLine = () => undefined, onExit }: ChildListener,
): Child {
  const child = fork(workerFile, [], {
    execArgv: [],
    serialization: "advanced",
    stdio: ["ignore", "pipe", "pipe", "ipc"],
    env: environmentOf(request.spec.threads),
  });
  let stderrTail = "";
  let exited = false;
  let closing: NodeJS.Timeout | undefined;
  let killedFor: string | null = null;
  const watchdog =
    child.pid === undefined
      ? null
      : watch(child.pid, (reason) => {
          killedFor = reason;
          child.kill("SIGKILL");
        });
  const lines = [child.stdout, child.stderr].map((stream) => readLines(stream, onLine));
  const end = (code: number | null, signal: NodeJS.Signals | null): void => {
    if (exited) return;
    exited = true;
    clearTimeout(closing);
    watchdog?.end();
    for (const finishLines of lines) finishLines();
    onExit({ code, signal, stderrTail: stderrTail.trim(), killedFor });
  };
  child.stderr?.on("data", (text: string) => {
    stderrTail = (stderrTail + text).slice(-STDERR_TAIL);
  });
  child.on("message", (message) => {
    watchdog?.heard();
    if ((message as FromWorker).type === "beat") return;
    onMessage(message as FromWorker);
    if (isLast(message as FromWorker)) setTimeout(() => child.kill("SIGKILL"), EXIT_GRACE_MS).unref();
  });
  child.on("error", (error) => {
    stderrTail += error.message;
    if (child.pid === undefined) end(null, null);
  });
  // What it wrote last arrives after its exit, before "close"; something that it started may hold its stdout open for ever.
  child.on("close", end);
  child.on("exit", (code, signal) => {
    closing = setTimeout(() => end(code, signal), CLOSE_GRACE_MS);
  });
  tell(child, request);
  return {
    stop: () => {
      watchdog?.farewell();
      tell(child, { type: "stop" });
    },
    kill: () => void child.kill("SIGKILL"),
  };
}

/** Native libraries read their threads from the environment, before our code runs. */
function environmentOf(threads: number): NodeJS.ProcessEnv {
  return {
    ...process.env,
    OMP_NUM_THREADS: String(threads),
    TF_NUM_INTRAOP_THREADS: String(threads),
    TF_NUM_INTEROP_THREADS: "1",
    TF_CPP_MIN_LOG_LEVEL: "2",
  };
}

/** Cuts a stream into lines. @returns what hands on a last line without an end. */
function readLines(stream: Readable | null, onLine: (line: string) => void): () => void {
  let rest = "";
  stream?.setEncoding("utf8").on("data", (text: string) => {
    const lines = (rest + text).split(/\r?\n/);
    rest = lines.pop() ?? "";
    for (const line of lines) onLine(line);
  });
  stream?.on("error", () => undefined);
  return () => {
    if (rest !== "") onLine(rest);
    rest = "";
  };
}

/** Who may stop a question, and who hears what its worker prints. */
export interface AskOptions {
  readonly signal?: AbortSignal;
  readonly onLine?: (line: string) => void;
}

/**
 * One question to a worker of its own: a timing pass, a probe or a check of routers.
 * @returns what it found.
 * @throws Error with the worker's reason, or how it crashed.
 */
export async function askWorker<T extends "timed" | "probed" | "checked">(
  workerFile: string,
  request: Exclude<ToWorker, { type: "stop" | "run" }>,
  answer: T,
  { signal, onLine }: AskOptions = {},
): Promise<Extract<FromWorker, { type: T }>> {
  return new Promise((resolve, reject) => {
    if (signal?.aborted === true) {
      reject(new Error("stopped before it began"));
      return;
    }
    const child = startChild(workerFile, request, {
      onMessage: (message) => {
        if (message.type === answer) resolve(message as Extract<FromWorker, { type: T }>);
        else if (message.type === "refused") reject(new Error(message.message));
      },
      ...(onLine !== undefined && { onLine }),
      onExit: (exit) => {
        signal?.removeEventListener("abort", child.kill);
        reject(new Error(describeCrash(exit)));
      },
    });
    signal?.addEventListener("abort", child.kill);
  });
}

/** How a worker died, in words. */
export function describeCrash({ code, signal, stderrTail, killedFor }: ChildExit): string {
  if (killedFor !== null) return `the worker process ${killedFor} and was killed`;
  const how = signal === null ? `ended with code ${code ?? "unknown"}` : `was killed by ${signal}`;
  const memory = signal === "SIGKILL" ? " (the system does that when memory runs out)" : "";
  return `the worker process ${how}${memory}${stderrTail === "" ? "" : `: ${stderrTail}`}`;
}

function isLast(message: FromWorker): boolean {
  return message.type !== "started" && message.type !== "progress" && message.type !== "beat";
}

/** A message to a process that has just died is nobody's loss. */
function tell(child: ChildProcess, message: ToWorker): void {
  if (child.connected) child.send(message, () => undefined);
}

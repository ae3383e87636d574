/**
 * Entry of a worker process: one request from the parent by IPC, then the end. Ctrl-C reaches the whole process group;
 * only the parent acts on it, and a worker whose parent is gone stops by itself. It says every second that it lives, as often
 * as its loop turns.
 */
import { messageOf } from "../core/errors.ts";
import type { FromWorker, ToWorker } from "./messages.ts";

const BEAT_MS = 1000;
const parentPid = process.ppid;
let stopAsked = false;

process.on("SIGINT", () => undefined);
// A terminal that closes is for the parent to judge, too.
process.on("SIGHUP", () => undefined);
for (const stream of [process.stdout, process.stderr]) stream.on("error", () => undefined);
process.on("SIGTERM", () => {
  stopAsked = true;
});
process.on("disconnect", () => {
  stopAsked = true;
});
setInterval(() => void send({ type: "beat" }), BEAT_MS).unref();
process.on("message", (message) => {
  const request = message as ToWorker;
  if (request.type === "stop") stopAsked = true;
  else void answer(request);
});

async function answer(request: Exclude<ToWorker, { type: "stop" }>): Promise<void> {
  const channel = {
    send: (message: FromWorker) => void send(message),
    stopRequested: () => stopAsked || process.ppid !== parentPid,
  };
  try {
    const { workerServices } = await import("./services.ts");
    const { doRun, doTiming } = await import("./run-job.ts");
    if (request.type === "run") {
      await send({ type: "ended", end: await doRun(request.spec, workerServices, channel) });
    } else if (request.type === "time") {
      await send({ type: "timed", seconds: await doTiming(request.spec, workerServices) });
    } else if (request.type === "check") {
      const { checkRouters } = await import("./check-job.ts");
      await send({ type: "checked", reports: await checkRouters(request.spec.routers) });
    } else {
      const { probeEngine } = await import("./speed-check.ts");
      await send({
        type: "probed",
        result: await probeEngine(request.spec, request.measure, workerServices.createEngine),
      });
    }
  } catch (error) {
    await send(
      request.type === "run"
        ? { type: "ended", end: { status: "failed", message: messageOf(error), hint: stackOf(error) } }
        : { type: "refused", message: messageOf(error) },
    );
  }
  // Without the channel nothing keeps the process alive.
  if (process.connected) process.disconnect();
}

/** Resolves when the message is handed over; a parent that has just died needs none. */
function send(message: FromWorker): Promise<void> {
  return new Promise((resolve) => {
    if (process.connected && process.send) process.send(message, undefined, undefined, () => resolve());
    else resolve();
  });
}

function stackOf(error: unknown): string {
  return error instanceof Error ? (error.stack ?? "") : "";
}

import { EXIT } from "../core/errors.ts";
import { priceFixedSeeds, priceLooks } from "../sweep/dry-run.ts";
import { runExperiment } from "../sweep/run-experiment.ts";
import type { RunRequest } from "../sweep/run-flags.ts";
import { openSession } from "../sweep/session.ts";
import type { CommandIO } from "./io.ts";
import { runTake } from "./cluster/take.ts";
import { interruptions } from "./interrupt.ts";
import { printLooksPrice, printRunsPrice } from "./print-price.ts";
import { makeRunPrinter } from "./run-printer.ts";

/**
 * `moe-lab run EXPERIMENT`: trains every variant and seed that is not finished yet, then writes and prints the answer.
 * @returns the exit code.
 * @throws InputError before anything is written.
 */
export async function runRun(file: string, request: RunRequest, io: CommandIO): Promise<number> {
  const { dryRun, json, take, ...asked } = request;
  const printer = makeRunPrinter(file, request, io);
  const { signal, killSignal, listenDuring, close } = interruptions(
    (line) => io.stderr(`${line}\n`),
    process.stdout.isTTY || process.stderr.isTTY,
  );
  try {
    if (dryRun) {
      const session = await openSession(file, request, { tell: printer.show, signal, killSignal });
      if (request.untilDecided) printLooksPrice(session, await priceLooks(session), json, io);
      else printRunsPrice(session, await priceFixedSeeds(session), json, io);
      return EXIT.done;
    }
    const onEvent: typeof printer.show = (event) => {
      listenDuring(event);
      printer.show(event);
    };
    if (take !== null) return await runTake(file, request, { tell: onEvent, signal, killSignal }, io);
    const outcome = await runExperiment(file, { ...asked, onEvent, signal, killSignal });
    printer.end(outcome);
    if (outcome.status === "interrupted") return EXIT.interrupted;
    return outcome.failures.length > 0 ? EXIT.runsFailed : EXIT.done;
  } finally {
    close();
  }
}

#!/usr/bin/env node
import { EXIT } from "../core/errors.ts";
import { nodeProblem, runCommand } from "./command.ts";
import { listenEarly } from "./interrupt.ts";
import { printable, printableData } from "./printable.ts";
import type { CommandIO } from "./io.ts";
import { lazyCommands } from "./program.ts";

listenEarly();

const color = process.stdout.isTTY && (process.env["NO_COLOR"] ?? "") === "";
const io: CommandIO = {
  stdout: (text) => void process.stdout.write(printableData(text, color)),
  stderr: (text) => void process.stderr.write(printable(text)),
  color,
  columns: process.stdout.isTTY ? process.stdout.columns : 100,
};

// `moe-lab ... | head` closes the pipe early: nobody's mistake. Output that is lost otherwise (a full disk) is a failure.
process.stdout.on("error", (error: NodeJS.ErrnoException) => {
  if (error.code === "EPIPE") return;
  process.exitCode = EXIT.runsFailed;
  process.stderr.write(`error: the output could not be written: ${error.message}\n`);
});
process.stderr.on("error", () => undefined);

// Not process.exit: it cuts off what a slow pipe has not taken yet.
const tooOld = nodeProblem(process.versions.node);
if (tooOld !== null) io.stderr(`error: ${tooOld}\n`);
const code = tooOld === null ? await runCommand(process.argv.slice(2), lazyCommands, io) : EXIT.badRequest;
process.exitCode ??= code;

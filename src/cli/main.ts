#!/usr/bin/env node
import { runCommand } from "./command.ts";
import type { CommandIO } from "./io.ts";
import { lazyCommands } from "./program.ts";

const io: CommandIO = {
  stdout: (text) => void process.stdout.write(text),
  stderr: (text) => void process.stderr.write(text),
  color: process.stdout.isTTY && (process.env["NO_COLOR"] ?? "") === "",
  columns: process.stdout.isTTY ? process.stdout.columns : 100,
};

// `moe-lab ... | head` closes the pipe early: nobody's mistake. Everything else that a stream says is lost with it.
for (const stream of [process.stdout, process.stderr]) stream.on("error", () => undefined);

// Not process.exit: it cuts off what a slow pipe has not taken yet.
process.exitCode = await runCommand(process.argv.slice(2), lazyCommands, io);

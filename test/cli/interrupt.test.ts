import { expect, it, vi } from "vitest";
import { firstInterrupt, listenEarly } from "../../src/cli/interrupt.ts";
import { EXIT } from "../../src/core/errors.ts";

it("the first Ctrl-C is told to a command that ends with what it has; the next one ends it, and afterwards the first does again", () => {
  const exit = vi.spyOn(process, "exit").mockImplementation(() => undefined as never);
  const stderr = vi.spyOn(process.stderr, "write").mockImplementation(() => true);
  const before = process.listeners("SIGINT");
  listenEarly();
  const { signal, close } = firstInterrupt();
  process.emit("SIGINT");
  expect([signal.aborted, exit.mock.calls]).toEqual([true, []]);
  process.emit("SIGINT");
  expect(exit.mock.calls).toEqual([[EXIT.interrupted]]);
  close();
  process.emit("SIGINT");
  expect(exit).toHaveBeenCalledTimes(2);
  for (const name of ["SIGINT", "SIGTERM"] as const)
    for (const listener of process.listeners(name))
      if (!before.includes(listener)) process.off(name, listener);
  exit.mockRestore();
  stderr.mockRestore();
});

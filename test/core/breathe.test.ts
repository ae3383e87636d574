import { expect, it } from "vitest";
import { breathe } from "../../src/core/breathe.ts";

it.skipIf(process.platform === "win32")(
  "a signal that came while nothing waited is heard before the work goes on, wherever in Node's turn that is",
  async () => {
    const heard: number[] = [];
    const listen = (): void => void heard.push(1);
    process.on("SIGUSR2", listen);
    const places = [
      () => Promise.resolve(),
      () => new Promise<void>((resolve) => void setImmediate(resolve)),
      () => new Promise<void>((resolve) => void setTimeout(resolve, 1)),
    ];
    for (const [index, reach] of places.entries()) {
      await reach();
      process.kill(process.pid, "SIGUSR2");
      await breathe();
      expect(heard).toHaveLength(index + 1);
    }
    process.off("SIGUSR2", listen);
  },
);

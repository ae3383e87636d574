import { describe, expect, it } from "vitest";
import { HELP, parseOptions, UsageError } from "../../bench/options.mjs";

describe("the command line", () => {
  it("leaves everything to the measurement when nothing is asked", () => {
    expect(parseOptions([])).toEqual({
      modes: ["step"],
      sizes: null,
      routers: null,
      peers: null,
      threads: null,
      rounds: 15,
      steps: null,
      json: null,
    });
  });

  it("takes lists with commas, again and again, each name once", () => {
    const options = parseOptions(["--size", "nano,micro", "--size", "nano", "--threads", "1, 2"]);
    expect(options).toMatchObject({ sizes: ["nano", "micro"], threads: [1, 2] });
  });

  it("keeps the order of the measurements, not of the flags", () => {
    expect(parseOptions(["--profile", "--sweep"])).toMatchObject({ modes: ["sweep", "profile"] });
    expect(parseOptions(["--all"])).toMatchObject({
      modes: ["step", "sweep", "scaling", "memory", "profile", "phases"],
    });
  });

  it("names all problems at once", () => {
    const read = (): unknown =>
      parseOptions(["--size", "big", "--peer", "jax,torch", "--threads", "two", "--rounds", "0"]);
    expect(read).toThrow(UsageError);
    for (const part of ['--size "big"', '--peer "jax"', '--threads "two"', '--rounds "0"']) {
      expect(read).toThrow(part);
    }
    expect(read).not.toThrow('"torch"');
  });

  it("refuses options that there are not", () => {
    expect(() => parseOptions(["--sizes", "nano"])).toThrow(UsageError);
    expect(() => parseOptions(["nano"])).toThrow(UsageError);
  });

  it("helps in 80 columns", () => {
    expect(parseOptions(["--size", "big", "--help"])).toBe("help");
    for (const line of HELP.split("\n")) expect(line.length, line).toBeLessThanOrEqual(80);
  });
});

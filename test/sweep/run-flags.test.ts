import { describe, expect, test } from "vitest";
import { runCommand } from "../../src/cli/command.ts";
import type { Commands } from "../../src/cli/program.ts";
import { InputError } from "../../src/core/errors.ts";
import {
  RUN_FLAGS,
  RUN_FLAG_LIST,
  commandOf,
  flagName,
  flagsOf,
  requestOf,
} from "../../src/sweep/run-flags.ts";
import type { RunFlag, RunRequest } from "../../src/sweep/run-flags.ts";

/** A value of a flag that is not its default, whatever the flag is. */
function otherValue(flag: RunFlag): unknown {
  switch (flag.kind) {
    case "text":
      return "another one's";
    case "count":
      return 3;
    case "choice":
      return flag.words.findLast((word) => word !== flag.standard);
    case "list":
      return flag.words?.slice(0, 2) ?? ["a.b=[1, 2]", "c"];
    case "switch":
      return true;
  }
}

/** What the command line makes of words. */
async function parsed(
  words: readonly string[],
): Promise<{ call: unknown[]; stdout: string; stderr: string }> {
  let call: unknown[] = [];
  const text = { stdout: "", stderr: "" };
  const run = (file: string, request: RunRequest): Promise<number> => {
    call = [file, request];
    return Promise.resolve(0);
  };
  await runCommand(words, { run } as unknown as Commands, {
    stdout: (more) => void (text.stdout += more),
    stderr: (more) => void (text.stderr += more),
    ...{ color: false, columns: 100 },
  });
  return { call, ...text };
}

/** Splits a line as a shell does, as far as single quotes go. */
function shellWords(line: string): string[] {
  return [...line.matchAll(/(?:[^\s'\\]|\\.|'[^']*')+/g)].map(([word]) =>
    word.replaceAll(/\\(.)|'([^']*)'/g, (_, escaped?: string, quoted?: string) => escaped ?? quoted ?? ""),
  );
}

describe.each(RUN_FLAG_LIST.map(([name, flag]) => [flagName(flag), name, flag] as const))(
  "%s",
  (word, name, flag) => {
    // What a flag needs is given with it.
    const given = { [name]: otherValue(flag), ...(flag.needs && { [flag.needs]: true }) };
    const request = requestOf(given);

    test("as it is written is what is asked", async () => {
      const words = flagsOf(request, () => true).flat();
      expect(words).toContain(word);
      const { call, stderr } = await parsed(["run", "e.json", ...words]);
      expect(stderr).toBe("");
      expect(call).toEqual(["e.json", request]);
    });

    test("a command that goes on asks the same, unless the flag is for once", async () => {
      const [program, ...words] = shellWords(commandOf("my file's.json", request));
      expect(program).toBe("moe-lab");
      const { call } = await parsed(words);
      expect(call).toEqual(["my file's.json", flag.isOnce === true ? requestOf({}) : request]);
    });

    test("is in the help", async () => {
      const { stdout } = await parsed(["run", "--help"]);
      expect(stdout.replaceAll(/\s+/g, " ")).toContain(`${flag.syntax} ${flag.help}`);
    });

    test("refuses a value of another kind", () => {
      expect(() => requestOf({ ...given, [name]: { no: "value" } })).toThrow(InputError);
    });
  },
);

test("nothing is said of flags at their defaults", () => {
  expect(commandOf("e.json", requestOf({}))).toBe("moe-lab run e.json");
});

test("switches come last", () => {
  const request = requestOf({ passes: "none", firstSeed: 9, untilDecided: true, maxMinutes: 5, json: true });
  expect(commandOf("e.json", request)).toBe(
    "moe-lab run e.json --passes none --max-minutes 5 --first-seed 9 --until-decided",
  );
});

test("flags that make a result folder another one than the file says", () => {
  const changing = RUN_FLAG_LIST.filter(([, { changesResults }]) => changesResults === true);
  expect(changing.map(([name]) => name).sort()).toEqual(["firstSeed", "only", "seeds", "set", "steps"]);
});

test("everything that is wrong with options is said at once, with what was meant", () => {
  const wrong = {
    jobs: 0,
    engine: "compield",
    set: "a=1",
    jsn: true,
    maxSeeds: 3,
    looks: 11,
    recipes: ["tuned"],
  };
  expect(() => requestOf(wrong)).toThrow(
    [
      'jsn: there is no such option; did you mean "json"?',
      "--jobs 0: must be a whole number of at least 1",
      "--set a=1: must be a list",
      `--engine compield: must be one of ${RUN_FLAGS.engine.words.join(", ")}; did you mean "compiled"?`,
      "--looks 11: must be at most 10",
      "--max-seeds 3: needs --until-decided; add it, or leave this out",
      "--recipe tuned: is trained by nothing of its own",
    ].join("\n"),
  );
});

import { expect, it } from "vitest";
import { assertRouters } from "../../src/exec/run-router.ts";
import type { RunRecord } from "../../src/records/run.ts";
import { tinySettings } from "../support/tiny.ts";

/** A run by a router of a shipped name, or of a file of somebody's own. */
function run(variant: string, router: string, routerHash: string | null) {
  const identity = { settings: tinySettings({ router: { name: router } }), routerHash };
  return { variant, record: { name: `${variant}-s1`, identity } as RunRecord };
}

it("says of all variants at once whose router is not there, of seeds once", async () => {
  const runs = [run("a", "linear", null), run("b", "own", "1"), run("b", "own", "1"), run("c", "other", "2")];
  await expect(assertRouters(runs, [])).rejects.toMatchObject({
    problems: [
      { where: "b-s1", message: "is own from a file of its own; name that file with --router" },
      { where: "c-s1", message: "is other from a file of its own; name that file with --router" },
    ],
  });
  await assertRouters(runs.slice(0, 1), []);
});

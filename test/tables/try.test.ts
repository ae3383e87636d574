import { it } from "vitest";
import { writeExperimentFiles } from "../../src/store/experiment-files.ts";
import { runCompare } from "../../src/cli/compare.ts";
import { runTable } from "../../src/cli/table.ts";
import { example } from "./example.ts";
it("shows", () => {
  writeExperimentFiles("/tmp/tryres/attention-router", example);
  let out = "";
  const io = {
    stdout: (t: string) => {
      out += t;
    },
    stderr: (t: string) => {
      out += t;
    },
    color: false,
    columns: 80,
  };
  runCompare({ folders: ["/tmp/tryres/attention-router"] }, io);
  runCompare({ folders: ["/tmp/tryres/attention-router"] }, { ...io, columns: 200 });
  for (const format of ["md", "csv", "latex", "html"])
    runCompare({ folders: ["/tmp/tryres/attention-router"], format }, io);
  runTable({ names: ["yuan-1"], results: "/tmp/tryres" }, io);
  runTable({ names: ["yuan-1"], results: "/tmp" }, io);
  runTable({ names: [], list: true }, io);
  console.log(out);
});

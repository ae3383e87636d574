import { it } from "vitest";
import { streamOf } from "../../src/core/streams.ts";
import { createCompiledEngine } from "../../src/engine/compiled.ts";
import { gradientProgram, NAMES } from "../../src/model/programs.ts";
import { shippedRouters } from "../../src/routers/index.ts";
import { createModelMemory } from "../../src/train/model-memory.ts";
import { relativeDistance, tinySettings } from "../support/tiny.ts";
const same = (a: any, b: any) => Buffer.from(a.buffer, a.byteOffset, a.byteLength).equals(Buffer.from(b.buffer, b.byteOffset, b.byteLength));
it("x", async () => {
  for (const router of ["linear"]) {
    const settings = tinySettings({ router: { name: router, options: shippedRouters.get(router)!.options.parse({}) as any },
      model: { width: 128, layers: 4, heads: 4, experts: 8, topK: 2, expertWidth: 256 }, data: { batchSequences: 8, sequenceLength: 128 } });
    const spec = { settings, router: shippedRouters.get(router)!, vocabulary: 256 };
    const outs: any[] = [];
    for (const threads of [1, 2, 1, 2]) {
      const engine = createCompiledEngine({ threads });
      const memory = createModelMemory(engine, spec, 1, null);
      const ex = await engine.compile(gradientProgram(spec));
      const stream = streamOf(1, "d");
      const tokens = Int32Array.from({ length: 1025 }, () => Math.floor(256 * stream.uniform() ** 3));
      const feeds = { ...memory.inputs, [NAMES.inputs]: tokens.slice(0, 1024), [NAMES.targets]: tokens.slice(1) };
      const first = await ex.run(feeds);
      let bad = 0;
      for (let i = 0; i < 60; i++) { const r = await ex.run(feeds); if (Object.keys(first).some((n) => !same(first[n], r[n]))) bad++; }
      console.log(router, threads, "bad repetitions", bad);
      outs.push(first);
      await ex.dispose();
    }
    for (const [i, j] of [[0, 1], [0, 2], [1, 3]] as const) {
      const d = Object.keys(outs[0]).map((n) => [relativeDistance(outs[j][n], outs[i][n]), n] as const).filter(([x]) => x > 0).sort((a, b) => b[0] - a[0]);
      console.log("linear", i, j, d.length, JSON.stringify(d.slice(0, 8)), "smallest", JSON.stringify(d.at(-1)));
    }
    console.log("linear counts", [...outs[0][NAMES.counts]].join(), [...outs[1][NAMES.counts]].join());
  }
}, 300000);

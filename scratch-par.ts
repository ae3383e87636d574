import { createNativeEngine } from "./src/engine/native/engine.ts";
import { createCompiledEngine } from "./src/engine/compiled.ts";
import { gradientProgram, evaluationProgram } from "./src/model/programs.ts";
import { routerCases } from "./test/support/router-cases.ts";
import { programFeeds, relativeDistance, tinySettings } from "./test/support/tiny.ts";
import { load } from "./scratch-lib.ts";
const api = load(process.env.LIB ?? "/tmp/native/libmoe.so");
const only = process.argv[2];
const threads = Number(process.argv[3] ?? 1);
const passes = process.argv[4] === "none" ? [] : undefined;
const fallback = createCompiledEngine({ threads: 1 , passes});
const native = createNativeEngine({ api, threads, fallback, passes, onFallback: (k) => console.log("fallback", k) });
for (const { name, router, options, model } of routerCases) {
  if (only && only !== "all" && !name.startsWith(only + " ")) continue;
  const settings = tinySettings({ router: { name: name.split(" ")[0]!, options: options as never }, model: { width: 32, heads: 2, expertWidth: 48, experts: 8, ...model }, data: { sequenceLength: 24, batchSequences: 4 } });
  for (const program of [gradientProgram({ settings, router, vocabulary: 50 }), evaluationProgram({ settings, router, vocabulary: 50 }, "eval"), evaluationProgram({ settings, router, vocabulary: 50 }, "causal-eval")]) {
    const feeds = programFeeds(program, settings, router, 50, 1);
    for (const n of Object.keys(program.inputs)) (feeds as any)[n] ??= new Float32Array(program.inputs[n]!.shape.reduce((a,b)=>a*b,1)).map(()=>Math.random());
    const a = await fallback.compile(program); const ra = await a.run(feeds);
    const b = await native.compile(program); const rb = await b.run(feeds);
    let worst = 0, at = "";
    for (const k of Object.keys(ra)) { const d = relativeDistance(rb[k]!, ra[k]!); if (!(d <= worst)) { worst = d; at = k; } }
    console.log(name.padEnd(40), program.name, worst.toExponential(2), at, b.compileSeconds.toFixed(3));
    await a.dispose(); await b.dispose();
  }
}

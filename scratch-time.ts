import { createNativeEngine } from "./src/engine/native/engine.ts";
import { createCompiledEngine } from "./src/engine/compiled.ts";
import { gradientProgram } from "./src/model/programs.ts";
import { shippedRouters } from "./src/routers/index.ts";
import { programFeeds, tinySettings } from "./test/support/tiny.ts";
import { load } from "./scratch-lib.ts";
const api = load(process.env.LIB ?? "/tmp/native/libmoe.so");
const size = process.argv[2] ?? "nano", threads = Number(process.argv[3] ?? 1), n = Number(process.argv[4] ?? 30);
const which = process.argv[5] ?? "both", rname = process.argv[6] ?? "linear";
const sizes: any = { nano: [64,2,2,16,64,8,128], micro: [128,4,4,8,128,8,256], small: [256,6,4,8,256,16,512] };
const [width,layers,heads,B,T,experts,expertWidth] = sizes[size];
const router = shippedRouters.get(rname)!;
const settings = tinySettings({ router: { name: rname, options: router.options.parse({}) as never }, model: { width, layers, heads, experts, expertWidth }, data: { sequenceLength: T, batchSequences: B } });
const fallback = createCompiledEngine({ threads });
const native = createNativeEngine({ api, threads, fallback });
const program = gradientProgram({ settings, router, vocabulary: 256 });
const feeds = programFeeds(program, settings, router, 256, 1);
const runs: any = {};
if (which !== "native") { const e = await fallback.compile(program); runs.ort = e; console.log("ort compile", e.compileSeconds); }
{ const e = await native.compile(program); runs.native = e; console.log("native compile", e.compileSeconds); }
const outs: any = {}, times: any = {};
for (const k of Object.keys(runs)) { outs[k] = await runs[k].run(feeds); times[k] = []; }
for (let i = 0; i < n; i++) for (const k of Object.keys(runs)) { const t = process.cpuUsage(); await runs[k].run(feeds, outs[k]); const u = process.cpuUsage(t); times[k].push((u.user + u.system) / 1000); }
for (const k of Object.keys(runs)) { const s = times[k].sort((a: number, b: number) => a - b); console.log(k, "min", s[0].toFixed(2), "median", s[s.length >> 1].toFixed(2)); }

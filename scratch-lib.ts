import koffi from "koffi";
import type { NativeApi } from "./src/engine/native/api.ts";
export function load(path: string): NativeApi {
  const lib = koffi.load(path);
  const f = (s: string) => lib.func(s);
  const create = f("void *moe_plan_create(const void *words, int64_t n, const void *constants, int64_t m, int threads)");
  const run = f("int moe_plan_run(void *plan, const void *pointers)");
  const destroy = f("void moe_plan_destroy(void *plan)");
  const build = f("const char *moe_build()"), isa = f("const char *moe_isa()"), use = f("int moe_use_isa(const char *)");
  const address = f("uintptr_t moe_address(const void *)");
  const ss = f("double moe_sum_of_squares(const void *, int64_t)");
  const adamw = f("void moe_adamw(void *, const void *, void *, void *, int64_t, const void *)");
  const speed = f("double moe_speed(double)");
  return {
    build: () => build() as string, isa: () => isa() as string, useIsa: (n) => use(n) === 0,
    address: (a) => BigInt(address(a) as number | bigint),
    createPlan: (w, c, t) => { const p = create(w, w.length, c, c.length, t); return p === null ? null : { run: (x) => void run(p, x), destroy: () => void destroy(p) }; },
    sumOfSquares: (x) => ss(x, x.length) as number,
    adamw: (a, fs) => void adamw(a.parameter, a.gradient, a.first, a.second, a.parameter.length, fs),
    speed: (s) => speed(s) as number,
  };
}

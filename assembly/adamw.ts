// AssemblyScript, compiled to src/engine/adamw-wasm.ts by `npm run wasm`. Addresses are bytes, 16-byte aligned;
// counts are multiples of 4. The order of operations is that of eagerAdamW in src/engine/adamw.ts, bit for bit.

/** Sum of squares of n float32 numbers, added up in float64. */
export function sumOfSquares(address: usize, n: i32): f64 {
  let low = f64x2.splat(0);
  let high = f64x2.splat(0);
  const end = address + ((<usize>n) << 2);
  for (; address < end; address += 16) {
    const x = v128.load(address);
    const a = f64x2.promote_low_f32x4(x);
    const b = f64x2.promote_low_f32x4(
      i8x16.shuffle(x, x, 8, 9, 10, 11, 12, 13, 14, 15, 8, 9, 10, 11, 12, 13, 14, 15),
    );
    low = f64x2.add(low, f64x2.mul(a, a));
    high = f64x2.add(high, f64x2.mul(b, b));
  }
  const sum = f64x2.add(low, high);
  return f64x2.extract_lane(sum, 0) + f64x2.extract_lane(sum, 1);
}

/** One AdamW step over n numbers in place, in one pass over memory. */
export function adamw(
  parameter: usize,
  gradient: usize,
  first: usize,
  second: usize,
  n: i32,
  clip: f32,
  beta1: f32,
  rest1: f32,
  beta2: f32,
  rest2: f32,
  correction2: f32,
  eps: f32,
  rate: f32,
  decay: f32,
): void {
  const clips = f32x4.splat(clip);
  const b1 = f32x4.splat(beta1);
  const r1 = f32x4.splat(rest1);
  const b2 = f32x4.splat(beta2);
  const r2 = f32x4.splat(rest2);
  const c2 = f32x4.splat(correction2);
  const e = f32x4.splat(eps);
  const lr = f32x4.splat(rate);
  const keep = f32x4.splat(decay);
  const bytes = (<usize>n) << 2;
  for (let i: usize = 0; i < bytes; i += 16) {
    const g = f32x4.mul(v128.load(gradient + i), clips);
    const m = f32x4.add(f32x4.mul(v128.load(first + i), b1), f32x4.mul(g, r1));
    const v = f32x4.add(f32x4.mul(v128.load(second + i), b2), f32x4.mul(f32x4.mul(g, g), r2));
    const update = f32x4.mul(f32x4.div(m, f32x4.add(f32x4.div(f32x4.sqrt(v), c2), e)), lr);
    v128.store(parameter + i, f32x4.sub(f32x4.mul(v128.load(parameter + i), keep), update));
    v128.store(first + i, m);
    v128.store(second + i, v);
  }
}

/** A node on (-1, 1) and its weight. */
type Node = readonly [number, number];

/** Rules by number of nodes, made once each. */
const RULES = new Map<number, { readonly plain: readonly Node[]; readonly flattened: readonly Node[] }>();

/**
 * Integral of f between two ends by a Gauss-Legendre rule.
 * @param corners substitutes x = (3 u - u^3) / 2, which is flat at both ends: where f starts like a square root there, the
 *   rule stays exact.
 */
export function integrate(
  nodes: number,
  [from, to]: readonly [number, number],
  f: (x: number) => number,
  corners = false,
): number {
  const rule = RULES.get(nodes) ?? makeRules(nodes);
  RULES.set(nodes, rule);
  const [middle, half] = [(from + to) / 2, (to - from) / 2];
  let sum = 0;
  for (const [node, weight] of corners ? rule.flattened : rule.plain) sum += weight * f(middle + half * node);
  return sum * half;
}

/** Gauss-Legendre nodes by Newton's method on the Legendre polynomial, from Tricomi's first guess. */
function makeRules(n: number): { plain: readonly Node[]; flattened: readonly Node[] } {
  const plain = Array.from({ length: n }, (_, i): Node => {
    let x = Math.cos((Math.PI * (i + 0.75)) / (n + 0.5));
    let slope = 1;
    for (let iteration = 0; iteration < 20; iteration++) {
      let [value, before] = [1, 0];
      for (let k = 1; k <= n; k++)
        [value, before] = [((2 * k - 1) * x * value - (k - 1) * before) / k, value];
      slope = (n * (x * value - before)) / (x * x - 1);
      x -= value / slope;
    }
    return [x, 2 / ((1 - x * x) * slope * slope)];
  });
  return { plain, flattened: plain.map(([x, w]): Node => [(3 * x - x ** 3) / 2, 1.5 * w * (1 - x * x)]) };
}

import type { Graph } from "../graph.ts";
import { simplifyAlgebra } from "./algebra.ts";
import { removeAliases } from "./aliases.ts";
import { mergeCommonSubexpressions } from "./common-subexpressions.ts";
import { removeDeadCode } from "./dead-code.ts";
import { foldIntoMatMul } from "./matmul-operands.ts";
import { foldUniforms } from "./uniforms.ts";

/** A pass makes an equal graph that costs less. */
export type Pass = (graph: Graph) => Graph;

/** Every pass by name, in the order in which they run. */
export const PASSES: Readonly<Record<string, Pass>> = {
  aliases: removeAliases,
  uniforms: foldUniforms,
  algebra: simplifyAlgebra,
  "common-subexpressions": mergeCommonSubexpressions,
  "matmul-operands": foldIntoMatMul,
  "dead-code": removeDeadCode,
};

/** Runs the passes until none makes the graph smaller. */
export function optimize(graph: Graph, names: readonly string[] = Object.keys(PASSES)): Graph {
  const chosen = Object.entries(PASSES).filter(([name]) => names.includes(name));
  let best = graph;
  for (;;) {
    const next = chosen.reduce((current, [, pass]) => pass(current), best);
    const smaller = next.nodes.length < best.nodes.length;
    best = next;
    if (!smaller) return best;
  }
}

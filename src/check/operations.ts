import { sizeOf } from "../core/axes.ts";
import { messageOf } from "../core/errors.ts";
import { specOf, type Graph } from "../engine/graph.ts";
import { insteadOf } from "../engine/trace/instead.ts";
import { trace } from "../engine/trace/tracer.ts";
import type { BoundRouter } from "../model/bound-router.ts";
import type { RoutingMode } from "../model/router.ts";
import { wrong, type Wrong } from "./finding.ts";
import { routeProgram } from "./route-program.ts";

/** Declared FLOPs this many times the counted ones are those of something else, a whole batch for one. */
const TIMES_COUNTED = 8;
/** Of an element-wise operation, for each number: an exponential takes about as many. */
const FLOPS_A_NUMBER = 8;

/** Traces a router alone, as the compiled engines do: operations that they do not have, values that are read, FLOPs. */
export function operationProblems(router: BoundRouter, modes: readonly RoutingMode[]): Wrong[] {
  for (const mode of modes) {
    try {
      const graph = trace(routeProgram(router, mode));
      if (mode === "train") {
        const flops = flopsProblems(router, graph);
        if (flops.length > 0) return flops;
      }
    } catch (error) {
      const message = messageOf(error);
      const [, kernel] = /does not know the tfjs kernel (\w+)/.exec(message) ?? [];
      if (kernel === undefined) return [wrong("route", `can't be compiled (in ${mode}): ${message}`, error)];
      const instead = insteadOf(kernel) ?? "write it with other operations";
      return [wrong("route", `uses ${kernel}, which the compiled engines do not have; ${instead}`, error)];
    }
  }
  return [];
}

/** Declared FLOPs that can't be those of a token: none for a matrix multiply, or far more than the operations have. */
function flopsProblems({ flopsPerToken, sizes: { B, T } }: BoundRouter, graph: Graph): Wrong[] {
  let multiplies = 0;
  let elements = 0;
  for (const { kernel, inputs, outputs, attrs } of graph.nodes) {
    const size = outputs.reduce((sum, value) => sum + sizeOf(specOf(graph, value).shape), 0);
    elements += size;
    const [first] = inputs;
    if (kernel !== "BatchMatMul" || first === undefined) continue;
    const inner = specOf(graph, first).shape.at(attrs["transposeA"] === true ? -2 : -1) ?? 1;
    multiplies += 2 * size * inner;
  }
  const S = B * T;
  const counted = Math.round(multiplies / S);
  if (flopsPerToken * TIMES_COUNTED < counted) {
    const message = `is ${flopsPerToken}, but the matrix multiplies of route alone take ${counted} a token; a multiply-add is 2`;
    return [wrong("flopsPerToken", message)];
  }
  const most = (multiplies + FLOPS_A_NUMBER * elements) / S;
  if (flopsPerToken <= TIMES_COUNTED * most) return [];
  const message = `is ${flopsPerToken}, but all operations of route take at most ${Math.ceil(most)}; it is counted a token, not a batch`;
  return [wrong("flopsPerToken", message)];
}

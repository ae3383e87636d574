import type { Constant, Graph, GraphNode } from "../graph.ts";

/** What becomes of a node. */
export type Replacement =
  | { readonly kind: "keep" }
  /** The same outputs, made by another call. */
  | { readonly kind: "node"; readonly node: GraphNode }
  /** Its outputs are values that exist already. */
  | { readonly kind: "values"; readonly values: readonly number[] }
  /** Its only output is a constant. */
  | { readonly kind: "constant"; readonly constant: Constant };

export const KEEP: Replacement = { kind: "keep" };

/** The graph as far as it is rewritten, for looking back. */
export interface RewriteContext {
  /** The node that makes a value, after rewriting; undefined for inputs and constants. */
  readonly producer: (value: number) => GraphNode | undefined;
  readonly constants: ReadonlyMap<number, Constant>;
}

/** One walk over the nodes in order; each is decided with its inputs already replaced. */
export function rewrite(
  graph: Graph,
  decide: (node: GraphNode, context: RewriteContext) => Replacement,
): Graph {
  const replaced = new Map<number, number>();
  const resolve = (value: number): number => replaced.get(value) ?? value;
  const constants = new Map(graph.constants);
  const producers = new Map<number, GraphNode>();
  const nodes: GraphNode[] = [];
  const context: RewriteContext = { producer: (value) => producers.get(value), constants };
  for (const original of graph.nodes) {
    const node = { ...original, inputs: original.inputs.map(resolve) };
    const decision = decide(node, context);
    if (decision.kind === "values") {
      node.outputs.forEach((output, index) => {
        const value = decision.values[index];
        if (value === undefined) throw new Error(`${node.kernel}: a pass replaced too few outputs`);
        replaced.set(output, value);
      });
    } else if (decision.kind === "constant") {
      for (const output of node.outputs) constants.set(output, decision.constant);
    } else {
      const kept = decision.kind === "node" ? decision.node : node;
      nodes.push(kept);
      for (const output of kept.outputs) producers.set(output, kept);
    }
  }
  const outputs = new Map([...graph.outputs].map(([name, value]) => [name, resolve(value)]));
  return { ...graph, nodes, constants, outputs };
}

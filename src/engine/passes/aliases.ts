import { type Graph, specOf } from "../graph.ts";
import { KEEP, rewrite } from "./rewrite.ts";

/** Removes calls that change nothing: Identity, Cast and Reshape to what it is already, Reshape of Reshape. */
export function removeAliases(graph: Graph): Graph {
  return rewrite(graph, (node, context) => {
    const [input] = node.inputs;
    const [output] = node.outputs;
    if (input === undefined || output === undefined) return KEEP;
    const from = specOf(graph, input);
    const to = specOf(graph, output);
    const unchanged = from.dtype === to.dtype && sameShape(from.shape, to.shape);
    switch (node.kernel) {
      case "Identity":
        return { kind: "values", values: [input] };
      case "Cast":
      case "Reshape":
      case "ExpandDims": {
        if (unchanged) return { kind: "values", values: [input] };
        const before = context.producer(input);
        const isReshape =
          node.kernel !== "Cast" && (before?.kernel === "Reshape" || before?.kernel === "ExpandDims");
        const [source] = before?.inputs ?? [];
        if (!isReshape || source === undefined) return KEEP;
        if (sameShape(specOf(graph, source).shape, to.shape)) return { kind: "values", values: [source] };
        return {
          kind: "node",
          node: { ...node, kernel: "Reshape", inputs: [source], attrs: { shape: to.shape } },
        };
      }
      case "Tile":
      case "Transpose":
        return unchanged && isTrivial(node.kernel, node.attrs) ? { kind: "values", values: [input] } : KEEP;
      default:
        return KEEP;
    }
  });
}

function isTrivial(kernel: string, attrs: Readonly<Record<string, unknown>>): boolean {
  if (kernel === "Tile") return true; // an unchanged shape means one repetition
  return (attrs["perm"] as readonly number[]).every((axis, index) => axis === index);
}

function sameShape(a: readonly number[], b: readonly number[]): boolean {
  return a.length === b.length && a.every((extent, axis) => extent === b[axis]);
}

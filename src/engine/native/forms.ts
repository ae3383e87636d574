import { sizeOf } from "../../core/axes.ts";
import type { GraphNode } from "../graph.ts";
import { needed } from "../ops/define.ts";
import { axisOf, sliceBegin, splitSizes } from "../trace/kernel-rules.ts";
import { bitsOf, type Builder, type Form, input, output, wholeDraft } from "./builder.ts";
import { elementwiseForms } from "./forms-elementwise.ts";
import { moeForms } from "./forms-moe.ts";
import { productForms } from "./forms-products.ts";
import { rowForms } from "./forms-rows.ts";
import { broadcastTo, denseStrides, reshaped, sliced, squeezed, transposed, type View } from "./views.ts";

/** One entry a kernel. A graph with a kernel that is not here runs on ONNX Runtime. */
export const FORMS: Readonly<Record<string, Form>> = {
  ...elementwiseForms,
  ...productForms,
  ...rowForms,
  ...moeForms,
  Identity: layout((view) => view),
  Reshape: reshape,
  ExpandDims: reshape,
  Transpose: layout((view, node) => transposed(view, node.attrs["perm"] as readonly number[])),
  Slice: (builder, node) => {
    const { shape } = builder.spec(output(node));
    const begin = sliceBegin(node.attrs, shape.length);
    const view = begin.reduce(
      (part, start, axis) => sliced(part, axis, start, shape[axis] ?? 0),
      builder.view(input(node)),
    );
    builder.alias(output(node), view);
  },
  SplitV: (builder, node) => {
    const view = builder.view(input(node));
    const axis = axisOf(node.attrs["axis"] as number, view.shape.length);
    let begin = 0;
    splitSizes(node.attrs, needed("SplitV", "axis", view.shape[axis])).forEach((size, index) => {
      builder.alias(output(node, index), sliced(view, axis, begin, size));
      begin += size;
    });
  },
  Unpack: (builder, node) => {
    const view = builder.view(input(node));
    const axis = axisOf(node.attrs["axis"] as number, view.shape.length);
    node.outputs.forEach((value, index) =>
      builder.alias(value, squeezed(sliced(view, axis, index, 1), axis)),
    );
  },
  Concat: (builder, node) => {
    const whole = builder.create(output(node));
    const axis = axisOf(node.attrs["axis"] as number, whole.shape.length);
    let begin = 0;
    for (const value of node.inputs) {
      const extent = needed("Concat", "extent", builder.spec(value).shape[axis]);
      if (sizeOf(builder.spec(value).shape) > 0)
        builder.copy(builder.view(value), sliced(whole, axis, begin, extent));
      begin += extent;
    }
  },
  Pack: (builder, node) => {
    const whole = builder.create(output(node));
    const axis = axisOf(node.attrs["axis"] as number, whole.shape.length);
    node.inputs.forEach((value, index) =>
      builder.copy(builder.view(value), squeezed(sliced(whole, axis, index, 1), axis)),
    );
  },
  Tile: (builder, node) => {
    // [n] three times is [3, n], the first axis standing still, as [3 n].
    const view = builder.view(input(node));
    const reps = node.attrs["reps"] as readonly number[];
    const shape = view.shape.flatMap((extent, axis) => [reps[axis] ?? 1, extent]);
    const strides = view.strides.flatMap((stride) => [0, stride]);
    aliasReshaped(builder, output(node), { ...view, shape, strides });
  },
  Fill: constant((node) => node.attrs["value"] as number),
  ZerosLike: constant(() => 0),
  OnesLike: constant(() => 1),
  PadV2: (builder, node) => {
    const view = builder.dense(input(node));
    const whole = builder.create(output(node));
    const paddings = node.attrs["paddings"] as readonly (readonly [number, number])[];
    const strides = denseStrides(whole.shape);
    const value = (node.attrs["constantValue"] as number | undefined) ?? 0;
    const offset = paddings.reduce((sum, [before], axis) => sum + before * (strides[axis] ?? 0), 0);
    const bits = builder.spec(output(node)).dtype === "float32" ? bitsOf(value) : value;
    builder.push(
      wholeDraft(
        "pad",
        [view],
        [whole],
        [view.shape.length, ...view.shape, ...strides, offset, sizeOf(whole.shape), bits],
      ),
    );
  },
};

function layout(move: (view: View, node: GraphNode) => View): Form {
  return (builder, node) => builder.alias(output(node), move(builder.view(input(node)), node));
}

function reshape(builder: Builder, node: GraphNode): void {
  aliasReshaped(builder, output(node), builder.view(input(node)));
}

function aliasReshaped(builder: Builder, value: number, view: View): void {
  const { shape } = builder.spec(value);
  const made = reshaped(view, shape) ?? reshaped(builder.copied(view), shape);
  builder.alias(value, needed("Reshape", "view", made));
}

function constant(number: (node: GraphNode) => number): Form {
  return (builder, node) => {
    const { shape, dtype } = builder.spec(output(node));
    builder.alias(output(node), broadcastTo(builder.scalar(number(node), dtype !== "float32"), shape));
  };
}

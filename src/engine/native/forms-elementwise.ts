import type { GraphNode } from "../graph.ts";
import { needed } from "../ops/define.ts";
import { type Builder, type Form, input, output } from "./builder.ts";
import { INSTRUCTIONS, type InstructionName } from "./kinds.ts";

/** Instructions by kernel; integers have their own where there is one. */
const INSTRUCTION_OF: Readonly<Record<string, InstructionName>> = {
  Add: "add",
  Sub: "sub",
  Multiply: "mul",
  RealDiv: "div",
  Maximum: "max",
  Minimum: "min",
  Pow: "pow",
  Mod: "mod",
  SquaredDifference: "squared_difference",
  FloorDiv: "floor_div",
  Greater: "greater",
  GreaterEqual: "greater_equal",
  Less: "less",
  LessEqual: "less_equal",
  Equal: "equal",
  NotEqual: "not_equal",
  LogicalAnd: "logical_and",
  LogicalOr: "logical_or",
  LogicalNot: "logical_not",
  Select: "select",
  Neg: "neg",
  Abs: "abs",
  Square: "square",
  Sign: "sign",
  Exp: "exp",
  Expm1: "expm1",
  Log: "log",
  Log1p: "log1p",
  Sqrt: "sqrt",
  Rsqrt: "rsqrt",
  Reciprocal: "reciprocal",
  Sigmoid: "sigmoid",
  Tanh: "tanh",
  Relu: "relu",
  Softplus: "softplus",
  Sin: "sin",
  Cos: "cos",
  Erf: "erf",
  Floor: "floor",
};

/** Element-wise kernels. */
export const elementwiseForms: Readonly<Record<string, Form>> = {
  ...Object.fromEntries(
    Object.entries(INSTRUCTION_OF).map(([kernel, instruction]): [string, Form] => [
      kernel,
      (builder, node) => {
        const { dtype } = builder.spec(input(node));
        write(builder, node, dtype === "float32" ? instruction : ofIntegers(instruction));
      },
    ]),
  ),
  AddN: (builder, node) => {
    const sum = builder.create(output(node));
    const isFloat = builder.spec(input(node)).dtype === "float32";
    const views = node.inputs.map((value) => builder.view(value));
    const last = views.length - 1;
    views.slice(1).reduce(
      (total, view, index) => {
        const next = index === last - 1 ? sum : builder.fresh(sum.shape);
        builder.program([total, view], next, isFloat ? "add" : "add_int");
        return next;
      },
      needed("AddN", 0, views[0]),
    );
    if (last === 0) builder.copy(needed("AddN", 0, views[0]), sum);
  },
  Step: (builder, node) =>
    write(builder, node, "step", [builder.scalar((node.attrs["alpha"] as number | undefined) ?? 0, false)]),
  ClipByValue: (builder, node) => {
    const isInteger = builder.spec(input(node)).dtype !== "float32";
    const limits = [node.attrs["clipValueMin"] as number, node.attrs["clipValueMax"] as number];
    write(
      builder,
      node,
      isInteger ? "clip_int" : "clip",
      limits.map((limit) => builder.scalar(limit, isInteger)),
    );
  },
  Cast: (builder, node) => {
    const from = builder.spec(input(node)).dtype;
    const to = builder.spec(output(node)).dtype;
    if (from === to || (from === "bool" && to === "int32")) {
      builder.alias(output(node), builder.view(input(node)));
    } else if (to === "float32") write(builder, node, "int_to_float");
    else if (to === "int32") write(builder, node, "float_to_int");
    else write(builder, node, from === "float32" ? "float_to_bool" : "int_to_bool");
  },
};

function ofIntegers(instruction: InstructionName): InstructionName {
  const name = `${instruction}_int`;
  return INSTRUCTIONS.find((known) => known === name) ?? instruction;
}

function write(
  builder: Builder,
  node: GraphNode,
  instruction: InstructionName,
  more: readonly ReturnType<Builder["view"]>[] = [],
): void {
  const inputs = [...node.inputs.map((value) => builder.view(value)), ...more];
  builder.program(inputs, builder.create(output(node)), instruction);
}

import type { OpName } from "./kinds.ts";
import type { View } from "./views.ts";

/** A tensor that an operation reads or writes. */
export interface DraftOperand {
  readonly view: View;
  readonly writes: boolean;
  /** Whether the first axis of the view is that along which the operation can be cut; else each block needs all of it. */
  readonly moves: boolean;
}

/** The numbers that an operation takes with it. */
export interface Encoded {
  readonly ints: readonly number[];
  readonly floats: readonly number[];
}

/** One operation of a plan before it is decided where its operands lie and how it is cut. */
export interface Draft {
  readonly op: OpName;
  readonly operands: readonly DraftOperand[];
  /** Extent of the axis along which blocks can be worked on apart; null where there is none. */
  readonly lead: number | null;
  /** Whether a block may have any number of rows, so that it can follow the rows of an expert. */
  readonly anyRows: boolean;
  /** The value that holds the rows of each expert, for what multiplies these by the expert's own matrix. */
  readonly counts: number | null;
  /** The operand that each expert has one of. */
  readonly perExpert: number | null;
  /** In how many parts it can be dealt out where it is not cut along the lead. */
  readonly parts: number;
  /** Floats of workspace. */
  readonly workspace: number;
  /** Floats that the second operand of a multiply takes packed, if all blocks, or all of an expert, share it. */
  readonly packed: number;
  /**
   * @param lead extent of the lead in a block; -1 for the rows of an expert
   * @param packedAt where in the scratch `packed` floats are kept; -1 where they are not
   */
  readonly encode: (lead: number, packedAt: number) => Encoded;
  /** An element-wise program, which may grow. */
  readonly program: RowProgram | null;
  /** What the graph calls it, and where in the model it is. */
  readonly label: string;
  readonly scope: string;
}

/** An element-wise program over `shape`: registers 0.. are the inputs in order, then one a step. */
export interface RowProgram {
  readonly shape: readonly number[];
  readonly inputs: readonly View[];
  readonly steps: readonly RowStep[];
  readonly outputs: readonly { readonly register: number; readonly view: View }[];
}

/** One instruction; its result is the next register. */
export interface RowStep {
  readonly instruction: number;
  readonly from: readonly number[];
}

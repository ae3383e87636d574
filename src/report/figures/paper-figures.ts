import type { CurvesFigure, PaperTable } from "../../papers/paper.ts";
import { QUESTIONS } from "../../papers/registry.ts";

/** A paper's figure with the question that it answers. */
export interface PaperFigure extends CurvesFigure {
  readonly table: PaperTable;
}

/** The figures of all questions that have one. */
export const PAPER_FIGURES: readonly PaperFigure[] = QUESTIONS.flatMap((table) =>
  table.figure === undefined ? [] : [{ ...table.figure, table }],
);

import { assignmentFigure } from "./assignment-figure.ts";
import { calibrationFigure } from "./calibration-figure.ts";
import type { FigureEntry } from "./figure-entry.ts";
import { paperFigureEntry } from "./paper-figure.ts";
import { PAPER_FIGURES } from "./paper-figures.ts";
import { scalingFigure } from "./scaling-figure.ts";
import { sensitivityFigure } from "./sensitivity-figure.ts";

/** Every figure that `moe-lab plot --figure` knows. */
export const FIGURES: readonly FigureEntry[] = [
  sensitivityFigure,
  scalingFigure,
  ...PAPER_FIGURES.map(paperFigureEntry),
  assignmentFigure,
  calibrationFigure,
];

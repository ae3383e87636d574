import type { Mark } from "./chart-spec.ts";
import { COLUMN_WIDTH_PX, INK, NOTE_ROW_PX, TEXT_PX } from "./layout.ts";
import { fitText, wrapText } from "./text.ts";
import { xOf, yOf, type Panel } from "./panel.ts";

/** An upright interval with short bars at its ends, behind points. */
export function intervalIn(
  panel: Panel,
  interval: { readonly x: number; readonly low: number; readonly high: number },
  color: string,
): readonly Mark[] {
  const at = xOf(panel, interval.x);
  const [low, high] = [yOf(panel, interval.low), yOf(panel, interval.high)];
  const stroke = { kind: "segment", color, dash: [], width: 1.75, place: "behind" } as const;
  return [
    { ...stroke, from: [at, low], to: [at, high] },
    { ...stroke, from: [at - 3, low], to: [at + 3, low] },
    { ...stroke, from: [at - 3, high], to: [at + 3, high] },
  ];
}

/** A level line from side to side; null where the value is outside. */
export function levelIn(
  panel: Panel,
  value: number,
  style: { readonly color: string; readonly dash: readonly number[]; readonly width: number },
): readonly Mark[] {
  if (value < panel.y.min || value > panel.y.max) return [];
  const y = yOf(panel, value);
  return [
    {
      kind: "segment",
      from: [panel.left, y],
      to: [panel.left + panel.width, y],
      ...style,
      place: "behind",
    },
  ];
}

/** A filled strip between two values of y. */
export function stripIn(panel: Panel, from: number, to: number, color: string): Mark {
  const within = (value: number): number => yOf(panel, Math.max(panel.y.min, Math.min(panel.y.max, value)));
  return { kind: "box", x: [panel.left, panel.left + panel.width], y: [within(to), within(from)], color };
}

/** Grid, axes and the ticks' texts; texts only where no neighbour has the same. */
export function axesOf(panel: Panel, texts: { readonly x: boolean; readonly y: boolean }): readonly Mark[] {
  const { left, top, width, height } = panel;
  const [right, bottom] = [left + width, top + height];
  const line = { kind: "segment", dash: [], width: 1, place: "behind" } as const;
  return [
    ...panel.x.ticks.map(({ value }): Mark => {
      const x = Math.round(xOf(panel, value));
      return { ...line, from: [x, top], to: [x, bottom], color: INK.grid };
    }),
    ...panel.y.ticks.map(({ value }): Mark => {
      const y = Math.round(yOf(panel, value));
      return { ...line, from: [left, y], to: [right, y], color: INK.grid };
    }),
    { ...line, from: [left, top], to: [left, bottom], color: INK.axis },
    { ...line, from: [left, bottom], to: [right, bottom], color: INK.axis },
    ...(texts.x ? panel.x.ticks : []).map(({ value, text }) =>
      textAt(text, Math.round(xOf(panel, value)), bottom + 12, { align: "center" }),
    ),
    ...(texts.y ? panel.y.ticks : []).map(({ value, text }) =>
      textAt(text, left - 5, Math.round(yOf(panel, value)), { align: "right" }),
    ),
  ];
}

/** What the panels' values are, above them at the left. */
export function headerMark(text: string): Mark {
  return textAt(fitText(text, TEXT_PX.label, COLUMN_WIDTH_PX - 16), 6, 12, {
    align: "left",
    size: TEXT_PX.label,
  });
}

/** A text around a point of the picture. */
export function textAt(
  text: string,
  x: number,
  y: number,
  style: {
    readonly align: "left" | "center" | "right";
    readonly color?: string;
    readonly size?: number;
    readonly bold?: boolean;
  },
): Mark {
  return {
    kind: "text",
    text,
    x: { value: x },
    y: { value: y },
    color: style.color ?? INK.text,
    size: style.size ?? TEXT_PX.note,
    bold: style.bold ?? false,
    align: style.align,
  };
}

/** A text in lines over the width of the picture: how many, and its marks from the middle of the first line on. */
export function paragraph(text: string): {
  readonly length: number;
  readonly at: (top: number) => readonly Mark[];
} {
  const lines = wrapText(text, TEXT_PX.note, COLUMN_WIDTH_PX - 24);
  return {
    length: lines.length,
    at: (top) =>
      lines.map((line, index) =>
        textAt(line, 12, top + index * NOTE_ROW_PX, { align: "left", color: INK.quiet }),
      ),
  };
}

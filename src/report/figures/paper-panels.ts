import { paddedRange } from "../draw/axis-range.ts";
import type { Dataset, Mark } from "../draw/chart-spec.ts";
import { COLUMN_WIDTH_PX, INK, TEXT_PX } from "../draw/layout.ts";
import { paperPlace, type PaperPanel, type PaperSeries } from "./paper-answer.ts";
import { curveIn, pointsIn } from "../draw/panel-data.ts";
import { axesOf, textAt } from "../draw/panel-marks.ts";
import type { Panel } from "../draw/panel.ts";
import { xOf, yOf } from "../draw/panel.ts";
import { compactCount, linearTicks } from "../draw/ticks.ts";

/** Papers cut off the steep beginning; so do we, at this share of the training. */
const SHOWN_FROM = 0.2;
const PANEL_PX = 150;
const HEADER_PX = 26;
const LEFT_PX = 42;
const GAP_PX = 52;
/** The paper's end points stand behind the end of our curves, at this share of the length. */
const PAPER_AT = 1.09;

const TITLES = { training: "Training loss", validation: "Validation loss" } as const;

/** What the x axis counts. */
type Along = "tokens" | "time";

/**
 * Panels of a paper's figure side by side.
 * @param top in pixels from the top of the picture.
 * @returns their data, marks and lower edge with the axis' title.
 */
export function lossPanels(
  losses: readonly PaperPanel[],
  along: Along,
  top: number,
): { readonly datasets: readonly Dataset[]; readonly marks: readonly Mark[]; readonly bottom: number } {
  // A single panel is not drawn wider than one and a half of two.
  const shared = Math.max(1.4, losses.length);
  const width = Math.floor((COLUMN_WIDTH_PX - LEFT_PX - 12 - GAP_PX * (shared - 1)) / shared);
  const unit = unitOf(losses, along);
  const drawn = losses.map((loss, index) => {
    const left = LEFT_PX + index * (width + GAP_PX);
    const box = { left, top: top + HEADER_PX, width, height: PANEL_PX };
    return { loss, panel: panelFor(loss, along, unit, box) };
  });
  return {
    datasets: drawn.flatMap(({ loss, panel }) => datasetsOf(loss, panel, along, unit)),
    marks: drawn.flatMap(({ loss, panel }) => [
      textAt(TITLES[loss.kind], panel.left, top + 10, { align: "left", bold: true }),
      ...axesOf(panel, { x: true, y: true }),
      ...(along === "tokens" ? gapMarks(loss, panel) : []),
      textAt(unit.title, panel.left + panel.width / 2, top + HEADER_PX + PANEL_PX + 32, {
        align: "center",
        size: TEXT_PX.label,
      }),
    ]),
    bottom: top + HEADER_PX + PANEL_PX + 40,
  };
}

/** An axis' title, and how tokens become its values. */
interface Unit {
  readonly title: string;
  readonly valueOf: (tokens: number, series: PaperSeries) => number;
  readonly text: (value: number) => string;
}

function unitOf(losses: readonly PaperPanel[], along: Along): Unit {
  if (along === "tokens")
    return { title: "training tokens", valueOf: (tokens) => tokens, text: compactCount };
  const seconds = (tokens: number, { row }: PaperSeries): number =>
    tokens / (row.trainTokensPerSecond ?? Number.NaN);
  const longest = Math.max(
    ...losses.flatMap(({ series }) => series.map((one) => seconds(lastTokens(one), one))),
  );
  const units = [
    { name: "h", size: 3600 },
    { name: "min", size: 60 },
  ];
  const { name, size } = units.find((unit) => longest >= 2 * unit.size) ?? { name: "s", size: 1 };
  return {
    title: `training time (${name}, one thread)`,
    valueOf: (tokens, series) => seconds(tokens, series) / size,
    text: String,
  };
}

function panelFor(
  loss: PaperPanel,
  along: Along,
  unit: Unit,
  box: Pick<Panel, "left" | "top" | "width" | "height">,
): Panel {
  const { series } = loss;
  const last = Math.max(...series.map((one) => unit.valueOf(lastTokens(one), one)));
  const places = along === "tokens" ? series.flatMap((one) => paperPlace(loss, one) ?? []) : [];
  const shown = series.flatMap((one) =>
    one.curve.points.filter(({ tokens }) => tokens >= SHOWN_FROM * lastTokens(one)).map(({ mean }) => mean),
  );
  const x = { min: 0, max: last * (places.length > 0 ? PAPER_AT + 0.05 : 1.02) };
  const y = paddedRange([...shown, ...places], 0.05);
  const ticks = linearTicks({ min: 0, max: last }, 4, unit.text);
  return {
    ...box,
    x: { ...x, isLog: false, ticks },
    y: { ...y, isLog: false, ticks: linearTicks(y, 6) },
  };
}

function lastTokens({ curve }: PaperSeries): number {
  return curve.points.at(-1)?.tokens ?? 0;
}

function datasetsOf(loss: PaperPanel, panel: Panel, along: Along, unit: Unit): readonly Dataset[] {
  return loss.series.flatMap((one) => {
    const { legend, style, curve } = one;
    const place = along === "tokens" ? paperPlace(loss, one) : null;
    const end = unit.valueOf(lastTokens(one), one) * PAPER_AT;
    return [
      pointsIn(panel, place === null ? [] : [{ x: end, y: place }], {
        label: `${legend}: paper`,
        color: style.color,
        radius: 5,
        isHollow: false,
        shape: "rectRot",
      }),
      curveIn(
        panel,
        curve.points.map(({ tokens, mean }) => ({ x: unit.valueOf(tokens, one), y: mean })),
        { label: legend, ...style, width: 2 },
      ),
    ];
  });
}

/** A line through the paper's end points, so that their distance is seen. */
function gapMarks(loss: PaperPanel, panel: Panel): readonly Mark[] {
  const places = loss.series.flatMap((one) => paperPlace(loss, one) ?? []);
  if (places.length < 2) return [];
  const x = xOf(panel, Math.max(...loss.series.map(lastTokens)) * PAPER_AT);
  return [
    {
      kind: "segment",
      from: [x, yOf(panel, Math.min(...places))],
      to: [x, yOf(panel, Math.max(...places))],
      color: INK.axis,
      dash: [],
      width: 1,
      place: "behind",
    },
  ];
}

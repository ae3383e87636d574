import type { Chart, ChartArea, Plugin, Scale } from "chart.js";
import type {
  BandMark,
  BoxMark,
  ColorBarMark,
  EndTagsMark,
  LegendMark,
  LineMark,
  Mark,
  Place,
  SegmentMark,
  TextMark,
} from "./chart-spec.ts";
import { INK, LEGEND_ROW_PX, LEGEND_TEXT_PX } from "./layout.ts";
import { penOf, type Pen } from "./pen.ts";
import { spread } from "./spread.ts";

/**
 * The chart.js plugin that paints a white ground and a chart's marks: bands and lines behind the data, the rest in front.
 * @param font families that the canvas knows, as CSS lists them.
 */
export function marksPlugin(marks: readonly Mark[], font: string): Plugin {
  return {
    id: "moe-lab-marks",
    beforeDraw: (chart) => {
      const pen = penOf(chart);
      pen.save();
      pen.fillStyle = "#ffffff";
      pen.fillRect(0, 0, chart.width, chart.height);
      pen.restore();
      // Any spacing turns ligatures off: with them the text in an SVG or PDF has signs that no search finds.
      pen.letterSpacing = "0.0001px";
    },
    beforeDatasetsDraw: (chart) => {
      for (const mark of marks) drawBehind(chart, mark);
    },
    afterDraw: (chart) => {
      for (const mark of marks) drawInFront(chart, mark, font);
    },
  };
}

function drawBehind(chart: Chart, mark: Mark): void {
  penOf(chart).save();
  if (mark.kind === "band") drawBand(chart, mark);
  else if (mark.kind === "box") drawBox(chart, mark);
  else if (mark.kind === "line" && mark.place === "behind") drawLine(chart, mark);
  else if (mark.kind === "segment" && mark.place === "behind") drawSegment(chart, mark);
  penOf(chart).restore();
}

function drawBand(chart: Chart, mark: BandMark): void {
  const scale = scaleOf(chart, mark.scale);
  const area = areaOf(chart, scale);
  const [first, last] = scale.isHorizontal() ? [area.left, area.right] : [area.top, area.bottom];
  const within = (pixel: number): number => Math.max(first, Math.min(last, pixel));
  const from = within(scale.getPixelForValue(mark.from));
  const to = within(scale.getPixelForValue(mark.to));
  penOf(chart).fillStyle = mark.color;
  if (scale.isHorizontal()) penOf(chart).fillRect(from, area.top, to - from, area.bottom - area.top);
  else penOf(chart).fillRect(area.left, from, area.right - area.left, to - from);
}

function drawBox(chart: Chart, mark: BoxMark): void {
  const [left, right] = mark.x.map((value) => scaleOf(chart, "x").getPixelForValue(value));
  const [top, bottom] = mark.y.map((value) => scaleOf(chart, "y").getPixelForValue(value));
  if (left === undefined || right === undefined || top === undefined || bottom === undefined) return;
  penOf(chart).fillStyle = mark.color;
  penOf(chart).fillRect(left, top, right - left, bottom - top);
}

function drawLine(chart: Chart, mark: LineMark): void {
  const pen = penOf(chart);
  const scale = scaleOf(chart, mark.scale);
  const area = areaOf(chart, scale);
  const at = scale.getPixelForValue(mark.value);
  const [first, last] = scale.isHorizontal() ? [area.left, area.right] : [area.top, area.bottom];
  if (at < first || at > last) return;
  if (scale.isHorizontal()) stroke(pen, mark, [at, area.top], [at, area.bottom]);
  else stroke(pen, mark, [area.left, at], [area.right, at]);
}

function drawSegment(chart: Chart, mark: SegmentMark): void {
  const pixels = ([x, y]: SegmentMark["from"]): [number, number] => [
    scaleOf(chart, "x").getPixelForValue(x),
    scaleOf(chart, "y").getPixelForValue(y),
  ];
  stroke(penOf(chart), mark, pixels(mark.from), pixels(mark.to));
}

function stroke(
  pen: Pen,
  style: Pick<LineMark, "color" | "width" | "dash">,
  from: readonly [number, number],
  to: readonly [number, number],
): void {
  pen.strokeStyle = style.color;
  pen.lineWidth = style.width;
  pen.setLineDash([...style.dash]);
  pen.beginPath();
  pen.moveTo(...from);
  pen.lineTo(...to);
  pen.stroke();
}

function drawInFront(chart: Chart, mark: Mark, font: string): void {
  penOf(chart).save();
  penOf(chart).setLineDash([]);
  if (mark.kind === "text") drawText(chart, mark, font);
  else if (mark.kind === "end-tags") drawEndTags(chart, mark, font);
  else if (mark.kind === "legend") drawLegend(chart, mark, font);
  else if (mark.kind === "line" && mark.place === "front") drawLine(chart, mark);
  else if (mark.kind === "segment" && mark.place === "front") drawSegment(chart, mark);
  else if (mark.kind === "color-bar") drawColorBar(chart, mark, font);
  penOf(chart).restore();
}

function drawText(chart: Chart, mark: TextMark, font: string): void {
  setText(penOf(chart), mark, font);
  penOf(chart).fillStyle = mark.color;
  penOf(chart).fillText(mark.text, pixelOf(chart, "x", mark.x), pixelOf(chart, "y", mark.y));
}

function drawEndTags(chart: Chart, mark: EndTagsMark, font: string): void {
  const pen = penOf(chart);
  const scale = scaleOf(chart, mark.scale);
  const area = areaOf(chart, scale);
  const ends = mark.tags.map((tag) => scale.getPixelForValue(tag.value));
  const places = spread(ends, mark.size * 1.12, area.top, area.bottom);
  setText(pen, { size: mark.size, bold: true, align: "left" }, font);
  mark.tags.forEach((tag, index) => {
    const end = ends[index] ?? 0;
    const place = places[index] ?? end;
    pen.strokeStyle = tag.color;
    pen.lineWidth = 1;
    pen.beginPath();
    pen.moveTo(area.right + 2, end);
    pen.lineTo(area.right + 20, place);
    pen.stroke();
    pen.fillStyle = tag.color;
    pen.fillText(tag.text, area.right + 23, place);
  });
}

function drawLegend(chart: Chart, mark: LegendMark, font: string): void {
  const pen = penOf(chart);
  const rows = Math.ceil(mark.entries.length / mark.columns.length);
  const top = chart.height - mark.bottom - rows * LEGEND_ROW_PX;
  mark.entries.forEach((entry, index) => {
    const left = mark.columns[Math.floor(index / rows)] ?? 0;
    const middle = top + ((index % rows) + 0.5) * LEGEND_ROW_PX;
    setText(pen, { size: mark.size, bold: true, align: "left" }, font);
    pen.fillStyle = entry.color;
    pen.fillText(entry.tag, left, middle);
    pen.strokeStyle = entry.color;
    pen.lineWidth = entry.width;
    pen.setLineDash([...entry.dash]);
    pen.beginPath();
    pen.moveTo(left + 14, middle);
    pen.lineTo(left + 38, middle);
    pen.stroke();
    pen.setLineDash([]);
    if (entry.shape !== undefined) drawShape(pen, entry.shape, [left + 26, middle], entry.color);
    setText(pen, { size: mark.size, bold: false, align: "left" }, font);
    pen.fillStyle = INK.text;
    pen.fillText(entry.text, left + LEGEND_TEXT_PX, middle);
  });
}

/** A filled shape as chart.js draws it at a radius of 3.5. */
function drawShape(
  pen: Pen,
  shape: NonNullable<LegendMark["entries"][number]["shape"]>,
  [x, y]: readonly [number, number],
  color: string,
): void {
  const corners = { rectRot: [0, 90, 180, 270], triangle: [0, 120, 240], rect: [45, 135, 225, 315] }[shape];
  pen.fillStyle = color;
  pen.beginPath();
  for (const [index, degrees] of corners.entries()) {
    const angle = (degrees * Math.PI) / 180;
    const corner = [x + 3.5 * Math.sin(angle), y - 3.5 * Math.cos(angle)] as const;
    if (index === 0) pen.moveTo(...corner);
    else pen.lineTo(...corner);
  }
  pen.fill();
}

function drawColorBar(chart: Chart, mark: ColorBarMark, font: string): void {
  const pen = penOf(chart);
  const width = chart.width * 0.6;
  const left = (chart.width - width) / 2;
  const top = chart.height - mark.size - 20;
  const step = width / mark.colors.length;
  mark.colors.forEach((color, index) => {
    pen.fillStyle = color;
    // Half a pixel of overlap hides the seams between vector rectangles.
    pen.fillRect(left + index * step, top, Math.min(step + 0.5, width - index * step), 10);
  });
  pen.strokeStyle = INK.axis;
  pen.lineWidth = 1;
  pen.strokeRect(left, top, width, 10);
  pen.fillStyle = INK.text;
  setText(pen, { size: mark.size, bold: false, align: "center" }, font);
  pen.fillText(mark.title, chart.width / 2, top - mark.size * 0.75);
  mark.ticks.forEach((tick, index) => {
    pen.fillText(tick, left + (width * index) / (mark.ticks.length - 1), top + 12 + mark.size * 0.6);
  });
}

function setText(
  pen: Pen,
  { size, bold, align }: Pick<TextMark, "size" | "bold" | "align">,
  font: string,
): void {
  pen.font = `${bold ? "bold " : ""}${size}px ${font}`;
  pen.textAlign = align;
  pen.textBaseline = "middle";
}

function pixelOf(chart: Chart, axis: "x" | "y", place: Place): number {
  if ("value" in place) return scaleOf(chart, axis).getPixelForValue(place.value) + (place.offset ?? 0);
  const { chartArea: area } = chart;
  const [start, end] = axis === "x" ? [area.left, area.right] : [area.top, area.bottom];
  const size = axis === "x" ? chart.width : chart.height;
  const edges = {
    "area-start": start,
    "area-center": (start + end) / 2,
    "area-end": end,
    "frame-start": 0,
    "frame-center": size / 2,
    "frame-end": size,
  };
  return edges[place.edge] + place.offset;
}

function scaleOf(chart: Chart, id: string): Scale {
  const scale = chart.scales[id];
  if (scale === undefined) throw new Error(`a mark needs the scale ${id}, which the chart does not have`);
  return scale;
}

/** The part of the chart area that belongs to a scale: axes above each other share it. */
function areaOf({ chartArea }: Chart, scale: Scale): ChartArea {
  return scale.isHorizontal() ? chartArea : { ...chartArea, top: scale.top, bottom: scale.bottom };
}

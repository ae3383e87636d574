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
  TextMark,
} from "./chart-spec.ts";
import { INK, LEGEND_ROW_PX, LEGEND_TEXT_PX } from "./layout.ts";
import { spread } from "./spread.ts";

type Context = Chart["ctx"];

/**
 * The chart.js plugin that paints a white ground and a chart's marks: bands and lines behind the data, the rest in front.
 * @param font family that the canvas knows.
 */
export function marksPlugin(marks: readonly Mark[], font: string): Plugin {
  return {
    id: "moe-lab-marks",
    beforeDraw: (chart) => {
      chart.ctx.save();
      chart.ctx.fillStyle = "#ffffff";
      chart.ctx.fillRect(0, 0, chart.width, chart.height);
      chart.ctx.restore();
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
  chart.ctx.save();
  if (mark.kind === "band") drawBand(chart, mark);
  else if (mark.kind === "box") drawBox(chart, mark);
  else if (mark.kind === "line" && mark.place === "behind") drawLine(chart, mark);
  chart.ctx.restore();
}

function drawBand(chart: Chart, mark: BandMark): void {
  const scale = scaleOf(chart, mark.scale);
  const area = areaOf(chart, scale);
  const [first, last] = scale.isHorizontal() ? [area.left, area.right] : [area.top, area.bottom];
  const within = (pixel: number): number => Math.max(first, Math.min(last, pixel));
  const from = within(scale.getPixelForValue(mark.from));
  const to = within(scale.getPixelForValue(mark.to));
  chart.ctx.fillStyle = mark.color;
  if (scale.isHorizontal()) chart.ctx.fillRect(from, area.top, to - from, area.bottom - area.top);
  else chart.ctx.fillRect(area.left, from, area.right - area.left, to - from);
}

function drawBox(chart: Chart, mark: BoxMark): void {
  const [left, right] = mark.x.map((value) => scaleOf(chart, "x").getPixelForValue(value));
  const [top, bottom] = mark.y.map((value) => scaleOf(chart, "y").getPixelForValue(value));
  if (left === undefined || right === undefined || top === undefined || bottom === undefined) return;
  chart.ctx.fillStyle = mark.color;
  chart.ctx.fillRect(left, top, right - left, bottom - top);
}

function drawLine(chart: Chart, mark: LineMark): void {
  const { ctx } = chart;
  const scale = scaleOf(chart, mark.scale);
  const area = areaOf(chart, scale);
  const at = scale.getPixelForValue(mark.value);
  const [first, last] = scale.isHorizontal() ? [area.left, area.right] : [area.top, area.bottom];
  if (at < first || at > last) return;
  ctx.strokeStyle = mark.color;
  ctx.lineWidth = mark.width;
  ctx.setLineDash([...mark.dash]);
  ctx.beginPath();
  ctx.moveTo(scale.isHorizontal() ? at : area.left, scale.isHorizontal() ? area.top : at);
  ctx.lineTo(scale.isHorizontal() ? at : area.right, scale.isHorizontal() ? area.bottom : at);
  ctx.stroke();
}

function drawInFront(chart: Chart, mark: Mark, font: string): void {
  chart.ctx.save();
  chart.ctx.setLineDash([]);
  if (mark.kind === "text") drawText(chart, mark, font);
  else if (mark.kind === "end-tags") drawEndTags(chart, mark, font);
  else if (mark.kind === "legend") drawLegend(chart, mark, font);
  else if (mark.kind === "line" && mark.place === "front") drawLine(chart, mark);
  else if (mark.kind === "color-bar") drawColorBar(chart, mark, font);
  chart.ctx.restore();
}

function drawText(chart: Chart, mark: TextMark, font: string): void {
  setText(chart.ctx, mark.size, mark.bold, mark.align, font);
  chart.ctx.fillStyle = mark.color;
  chart.ctx.fillText(mark.text, pixelOf(chart, "x", mark.x), pixelOf(chart, "y", mark.y));
}

function drawEndTags(chart: Chart, mark: EndTagsMark, font: string): void {
  const { ctx } = chart;
  const scale = scaleOf(chart, mark.scale);
  const area = areaOf(chart, scale);
  const ends = mark.tags.map((tag) => scale.getPixelForValue(tag.value));
  const places = spread(ends, mark.size * 1.12, area.top, area.bottom);
  setText(ctx, mark.size, true, "left", font);
  mark.tags.forEach((tag, index) => {
    const end = ends[index] ?? 0;
    const place = places[index] ?? end;
    ctx.strokeStyle = tag.color;
    ctx.lineWidth = 1;
    ctx.beginPath();
    ctx.moveTo(area.right + 2, end);
    ctx.lineTo(area.right + 20, place);
    ctx.stroke();
    ctx.fillStyle = tag.color;
    ctx.fillText(tag.text, area.right + 23, place);
  });
}

function drawLegend(chart: Chart, mark: LegendMark, font: string): void {
  const { ctx } = chart;
  const rows = Math.ceil(mark.entries.length / mark.columns.length);
  const top = chart.height - mark.bottom - rows * LEGEND_ROW_PX;
  mark.entries.forEach((entry, index) => {
    const left = mark.columns[Math.floor(index / rows)] ?? 0;
    const middle = top + ((index % rows) + 0.5) * LEGEND_ROW_PX;
    setText(ctx, mark.size, true, "left", font);
    ctx.fillStyle = entry.color;
    ctx.fillText(entry.tag, left, middle);
    ctx.strokeStyle = entry.color;
    ctx.lineWidth = entry.width;
    ctx.setLineDash([...entry.dash]);
    ctx.beginPath();
    ctx.moveTo(left + 14, middle);
    ctx.lineTo(left + 38, middle);
    ctx.stroke();
    ctx.setLineDash([]);
    setText(ctx, mark.size, false, "left", font);
    ctx.fillStyle = INK.text;
    ctx.fillText(entry.text, left + LEGEND_TEXT_PX, middle);
  });
}

function drawColorBar(chart: Chart, mark: ColorBarMark, font: string): void {
  const { ctx } = chart;
  const width = chart.width * 0.6;
  const left = (chart.width - width) / 2;
  const top = chart.height - mark.size - 20;
  const step = width / mark.colors.length;
  mark.colors.forEach((color, index) => {
    ctx.fillStyle = color;
    // Half a pixel of overlap hides the seams between vector rectangles.
    ctx.fillRect(left + index * step, top, Math.min(step + 0.5, width - index * step), 10);
  });
  ctx.strokeStyle = INK.axis;
  ctx.lineWidth = 1;
  ctx.strokeRect(left, top, width, 10);
  ctx.fillStyle = INK.text;
  setText(ctx, mark.size, false, "center", font);
  ctx.fillText(mark.title, chart.width / 2, top - mark.size * 0.75);
  mark.ticks.forEach((tick, index) => {
    ctx.fillText(tick, left + (width * index) / (mark.ticks.length - 1), top + 12 + mark.size * 0.6);
  });
}

function setText(ctx: Context, size: number, bold: boolean, align: TextMark["align"], font: string): void {
  ctx.font = `${bold ? "bold " : ""}${size}px "${font}"`;
  ctx.textAlign = align;
  ctx.textBaseline = "middle";
}

function pixelOf(chart: Chart, axis: "x" | "y", place: Place): number {
  if ("value" in place) return scaleOf(chart, axis).getPixelForValue(place.value);
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

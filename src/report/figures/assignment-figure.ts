import type { RoutingRow } from "../../records/experiment.ts";
import type { ChartSpec, Dataset, Mark } from "../draw/chart-spec.ts";
import type { Answered, FigureEntry } from "./figure-entry.ts";
import { groupBy } from "./group-by.ts";
import { COLUMN_WIDTH_PX, INK, NOTE_ROW_PX, TEXT_PX } from "../draw/layout.ts";
import { curveIn, pointsIn } from "../draw/panel-data.ts";
import { axesOf, levelIn, paragraph, textAt } from "../draw/panel-marks.ts";
import { panelOptions, type Panel } from "../draw/panel.ts";
import { seriesLegend, type Series } from "../draw/series-legend.ts";
import { compactCount, linearTicks } from "../draw/ticks.ts";

const EXPERIMENTS = ["olmoe-balance-loss", "attention-router"];
/** In the paper's order; shares in percent at the end of the paper's runs, busiest first, where its figure 10 can be read. */
const PANELS = [
  { title: "No load balancing", variant: "linear-nobalance", paper: [61, 39, 0] },
  { title: "Load balancing", variant: "linear", paper: [] },
] as const;
const PANEL_PX = 170;
const LEFT_PX = 46;
const GAP_PX = 20;
const WIDTH_PX = (COLUMN_WIDTH_PX - LEFT_PX - 14 - GAP_PX) / 2;
const PAPER_AT = 1.08;

/** Experts by their share at the end. */
const RANKS: readonly (Series & { readonly width: number })[] = [
  { label: "busiest expert at the end", color: "#d55e00", dash: [], shape: "circle", width: 2.25 },
  { label: "second", color: "#0072b2", dash: [7, 3], shape: "circle", width: 2.25 },
  { label: "each of the others", color: "#8c8c8c", dash: [], shape: "circle", width: 1 },
];
const PAPER: Series = { label: "the paper at its end", color: INK.text, dash: [], shape: "rectRot" };

/** OLMoE's figure 10: how the first layer's assignments fall on the experts during training, without and with balancing loss. */
export const assignmentFigure: FigureEntry = {
  name: "olmoe-assignment",
  title: "Expert assignment during training",
  paper: "OLMoE, arXiv 2409.02060, section 4.1.6 and figure 10",
  needs: `results of ${EXPERIMENTS.join(" or ")}, with routing.csv`,
  make: (answered) => {
    const answer = EXPERIMENTS.flatMap((name) =>
      answered.filter(({ results }) => results.record.experiment.name === name),
    ).find(({ results }) =>
      PANELS.every(({ variant }) => firstLayer(results.routing ?? [], variant).length > 0),
    );
    if (answer !== undefined) return assignmentChart(answer);
    const variants = PANELS.map(({ variant }) => variant).join(" and ");
    return `needs the routing of ${variants} during training (routing.csv) of ${EXPERIMENTS.join(" or ")}; \`moe-lab run experiments/${EXPERIMENTS[0] ?? ""}.json\` writes it`;
  },
};

/** Layer 1 of a variant, one list an expert, by tokens, the busiest at the end first; shares in percent. */
function firstLayer(
  routing: readonly RoutingRow[],
  variant: string,
): readonly (readonly { readonly x: number; readonly y: number }[])[] {
  const rows = routing.filter((row) => row.variant === variant && row.layer === 0);
  const experts = [...groupBy(rows, ({ expert }) => String(expert)).values()].map((own) =>
    own.map(({ tokens, share }) => ({ x: tokens, y: share * 100 })).toSorted((a, b) => a.x - b.x),
  );
  return experts.toSorted((a, b) => (b.at(-1)?.y ?? 0) - (a.at(-1)?.y ?? 0));
}

function assignmentChart({ results }: Answered): ChartSpec {
  const routing = results.routing ?? [];
  const drawn = PANELS.map((panel, index) => {
    const experts = firstLayer(routing, panel.variant);
    return { ...panel, experts, area: panelOf(experts, index) };
  });
  const legend = seriesLegend([...RANKS, PAPER], 30 + PANEL_PX + 58);
  const { experiment } = results.record;
  const tier = experiment.tier === "" ? "" : ` (${experiment.tier})`;
  const seed = routing.find(({ variant }) => variant === PANELS[0].variant)?.seed;
  const note = paragraph(
    `Ours: ${experiment.name}${tier}, layer 1, seed ${seed ?? ""}, on the evaluation tokens; dashed: the even share. Paper: layer 1 of a ` +
      "model with 8 experts, 10 B tokens, one run; about 61 and 39 % on two experts without balancing, its other shares not read off.",
  );
  const height = legend.bottom + 16 + note.length * NOTE_ROW_PX;
  return {
    name: assignmentFigure.name,
    caption:
      `Share of the first layer's assignments that each expert gets during training, without and with the load-balancing loss, as figure 10 of ` +
      "OLMoE, arXiv 2409.02060 draws it; one seed, since experts of different seeds do not correspond.",
    width: COLUMN_WIDTH_PX,
    height,
    config: {
      type: "line",
      data: {
        datasets: [
          ...drawn.flatMap(({ title, experts, paper, area }) => datasetsOf(title, experts, paper, area)),
          ...legend.datasets,
        ],
      },
      options: panelOptions(COLUMN_WIDTH_PX, height),
    },
    marks: [
      ...drawn.flatMap(({ title, experts, area }, index): readonly Mark[] => [
        textAt(title, area.left, 14, { align: "left", bold: true }),
        ...axesOf(area, { x: true, y: index === 0 }),
        ...levelIn(area, 100 / experts.length, { color: INK.text, dash: [4, 3], width: 1 }),
      ]),
      textAt("training tokens", COLUMN_WIDTH_PX / 2, 30 + PANEL_PX + 32, {
        align: "center",
        size: TEXT_PX.label,
      }),
      ...legend.marks,
      ...note.at(legend.bottom + 14),
    ],
  };
}

function datasetsOf(
  title: string,
  experts: readonly (readonly { readonly x: number; readonly y: number }[])[],
  paper: readonly number[],
  area: Panel,
): readonly Dataset[] {
  const last = experts[0]?.at(-1)?.x ?? 0;
  return [
    pointsIn(
      area,
      paper.map((y) => ({ x: last * PAPER_AT, y })),
      { ...PAPER, label: `${title}: paper`, radius: 5, isHollow: false },
    ),
    ...experts.flatMap((points, rank) => {
      const style = RANKS[Math.min(rank, RANKS.length - 1)];
      return style === undefined
        ? []
        : [curveIn(area, points, { ...style, label: `${title}: rank ${rank + 1}` })];
    }),
  ];
}

function panelOf(
  experts: readonly (readonly { readonly x: number; readonly y: number }[])[],
  index: number,
): Panel {
  const last = experts[0]?.at(-1)?.x ?? 1;
  const tokens = { min: 0, max: last };
  const shares = { min: -3, max: 103 };
  return {
    left: LEFT_PX + index * (WIDTH_PX + GAP_PX),
    top: 30,
    width: WIDTH_PX,
    height: PANEL_PX,
    x: { min: 0, max: last * 1.12, isLog: false, ticks: linearTicks(tokens, 4, compactCount) },
    y: { ...shares, isLog: false, ticks: linearTicks(shares, 6, (value) => `${value} %`) },
  };
}

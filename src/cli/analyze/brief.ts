import { ALL_DOMAINS } from "../../analysis/routing/counts.ts";
import type { SeedsMeasure } from "../../analysis/routing/over-seeds.ts";
import { printTables } from "../../tables/print.ts";
import { column, type Table } from "../../tables/table.ts";
import type { CommandIO } from "../io.ts";

/** A column's measure, title and digits. */
type Shown = readonly [measure: string, title: string, digits: number];

const COLUMNS: readonly Shown[] = [
  ["load_entropy", "load entropy, of ln E", 3],
  ["dead_experts", "dead experts", 1],
  ["domain_specialisation", "domain specialisation", 3],
  ["vocabulary_input_top1", "input token's first expert", 3],
  ["strongest_co_activation_lift", "strongest pair, times chance", 2],
  ["router_entropy", "router entropy, of ln E", 3],
];

/** Of the second table, where it was asked whether routes were good ones. */
const REGRET_COLUMNS: readonly Shown[] = [
  ["regret_to_best", "regret to the best route, nats", 3],
  ["regret_to_mean", "to the mean route, nats", 3],
  ["route_in_best_quarter", "in the best quarter", 3],
  ["route_standing", "random 0, best 1", 3],
  ["replay_loss_increase", "another seed's routes, nats", 3],
];
/** Chance is said beside them. */
const WITH_CHANCE = [
  "vocabulary_input_top1",
  "regret_to_best",
  "route_in_best_quarter",
  "replay_loss_increase",
];

/** Tables of the end of training, a row a variant and layer, and more behind them; the rest is in the files. */
export function routingBrief(
  summary: readonly SeedsMeasure[],
  more: readonly Table[],
  labelOf: (variant: string) => string,
  io: Pick<CommandIO, "columns" | "color">,
): string {
  const last = new Map<string, number>();
  for (const { variant, step } of summary) last.set(variant, Math.max(step, last.get(variant) ?? 0));
  const atEnd = summary.filter(
    ({ variant, step, domain }) => step === last.get(variant) && domain === ALL_DOMAINS,
  );
  const isTrained = atEnd.some(({ step }) => step > 0);
  const tables = [
    tableOf(atEnd, labelOf, {
      ...{ name: "routing", columns: COLUMNS },
      title: isTrained ? "What the routers do at the end of training" : "What the router does",
      note: `${isTrained ? "Mean over seeds, all domains. " : ""}Domain specialisation: 0 is chance, 1 gives the domain away. In brackets: chance.`,
    }),
    tableOf(atEnd, labelOf, {
      ...{ name: "regret", title: "Whether their routes were good ones", columns: REGRET_COLUMNS },
      note: "The model held fixed, other routes of equal compute. The best route is known in hindsight only: a bound. In brackets: a random route.",
    }),
  ];
  return printTables([...tables.flatMap((table) => table ?? []), ...more], "table", io);
}

/** Null where none of the columns was measured. */
function tableOf(
  rows: readonly SeedsMeasure[],
  labelOf: (variant: string) => string,
  asked: {
    readonly name: string;
    readonly title: string;
    readonly columns: readonly Shown[];
    readonly note: string;
  },
): Table | null {
  const shown = asked.columns.filter(([name]) => rows.some(({ measure }) => measure === name));
  if (shown.length === 0) return null;
  const keys = [...new Set(rows.map(({ variant, layer }) => JSON.stringify([variant, layer])))];
  return {
    ...{ name: asked.name, title: asked.title, lead: [], notes: [asked.note] },
    columns: [
      column("variant", "variant", "text"),
      column("layer", "layer", "text"),
      ...shown.map(([name, title]) => column(name, title, "text")),
    ],
    rows: keys.map((key) => {
      const [variant, layer] = JSON.parse(key) as [string, number];
      const own = rows.filter((row) => row.variant === variant && row.layer === layer);
      const cells = shown.map(([name, , digits]) => [name, cellOf(own, name, digits)]);
      const named = { variant: labelOf(variant), layer: String(layer + 1) };
      return {
        marks: "",
        cells: { ...named, ...Object.fromEntries(cells) } as Record<string, string | null>,
      };
    }),
  };
}

function cellOf(rows: readonly SeedsMeasure[], name: string, digits: number): string | null {
  const found = rows.find(({ measure }) => measure === name);
  if (found === undefined) return null;
  const chance = WITH_CHANCE.includes(name) ? found.chance : null;
  return `${found.value.toFixed(digits)}${chance === null ? "" : ` (${chance.toFixed(digits)})`}`;
}

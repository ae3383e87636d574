import { ALL_DOMAINS } from "../../analysis/routing/counts.ts";
import type { SeedsMeasure } from "../../analysis/routing/over-seeds.ts";
import { printTables } from "../../tables/print.ts";
import { column, type Table } from "../../tables/table.ts";
import type { CommandIO } from "../io.ts";

/** Columns of the table, by measure. */
const COLUMNS = [
  ["load_entropy", "load entropy, of ln E", 3],
  ["dead_experts", "dead experts", 1],
  ["domain_specialisation", "domain specialisation", 3],
  ["vocabulary_input_top1", "input token's first expert", 3],
  ["strongest_co_activation_lift", "strongest pair, times chance", 2],
  ["router_entropy", "router entropy, of ln E", 3],
] as const;

/** A table of the end of training, a row a variant and layer; the rest is in the files. */
export function routingBrief(
  summary: readonly SeedsMeasure[],
  labelOf: (variant: string) => string,
  io: Pick<CommandIO, "columns" | "color">,
): string {
  const last = new Map<string, number>();
  for (const { variant, step } of summary) last.set(variant, Math.max(step, last.get(variant) ?? 0));
  const atEnd = summary.filter(
    ({ variant, step, domain }) => step === last.get(variant) && domain === ALL_DOMAINS,
  );
  const keys = [...new Set(atEnd.map(({ variant, layer }) => JSON.stringify([variant, layer])))];
  const shown = COLUMNS.filter(([name]) => atEnd.some(({ measure }) => measure === name));
  const rows = keys.map((key) => {
    const [variant, layer] = JSON.parse(key) as [string, number];
    const own = atEnd.filter((row) => row.variant === variant && row.layer === layer);
    const cells = shown.map(([name, , digits]) => {
      const found = own.find(({ measure }) => measure === name);
      if (found === undefined) return [name, null] as const;
      const chance =
        found.chance !== null && name.startsWith("vocabulary") ? ` (${found.chance.toFixed(digits)})` : "";
      return [name, `${found.value.toFixed(digits)}${chance}`] as const;
    });
    return {
      marks: "",
      cells: { variant: labelOf(variant), layer: String(layer + 1), ...Object.fromEntries(cells) },
    };
  });
  const table: Table = {
    name: "routing",
    title: "What the routers do at the end of training",
    lead: [],
    columns: [
      column("variant", "variant", "text"),
      column("layer", "layer", "text"),
      ...shown.map(([name, title]) => column(name, title, "text")),
    ],
    rows,
    notes: [
      "Mean over seeds, all domains. Domain specialisation: 0 is chance, 1 gives the domain away. In brackets: chance.",
    ],
  };
  return printTables([table], "table", io);
}

import { readFileSync, readdirSync } from "node:fs";
import { join, relative } from "node:path";
import { fileURLToPath } from "node:url";
import { parse } from "jsonc-parser";
import { z } from "zod";
import { EXIT } from "../core/errors.ts";
import { routerWords } from "../config/by-layer/spans.ts";
import type { RunRecord } from "../records/run.ts";
import { shippedRouters } from "../routers/index.ts";
import { provenanceTag } from "../store/identity.ts";
import { findRuns, runsFolderOf } from "../store/read-run.ts";
import { TABLES } from "../tables/registry.ts";
import { readStored } from "../tables/stored.ts";
import type { CommandIO } from "./io.ts";

/** What `list` can list. */
export type Listed = "routers" | "experiments" | "tables" | "runs";

export interface ListOptions {
  /** Output folder of `run`. */
  readonly out: string;
  readonly json: boolean;
}

/** `moe-lab list WHAT`: one entry a paragraph, or a JSON list. */
export function runList(what: Listed, options: ListOptions, io: CommandIO): number {
  const entries = { routers, experiments, tables, runs }[what](options);
  if (options.json) io.stdout(`${JSON.stringify(entries, null, 2)}\n`);
  else if (entries.length === 0) io.stderr(`no ${what} here\n`);
  else for (const entry of entries) io.stdout(describe(entry));
  return EXIT.done;
}

type Field = string | number | boolean | null | Readonly<Record<string, string>>;
type Entry = Readonly<Record<string, Field>> & { readonly name: string };

function routers(): Entry[] {
  return [...shippedRouters.values()].map((router) => {
    const defaults = router.options.safeParse({});
    const { properties = {} } = z.toJSONSchema(router.options, { io: "input", unrepresentable: "any" });
    return {
      name: router.name,
      summary: router.summary,
      paper: router.paper,
      causal: defaults.success ? router.causal(defaults.data) : null,
      wantsBalanceLoss: defaults.success ? router.wantsBalanceLoss(defaults.data) : null,
      options: Object.fromEntries(
        Object.entries(properties).map(([name, schema]) => [name, optionOf(schema)]),
      ),
    };
  });
}

function optionOf(schema: unknown): string {
  const { description = "", default: standard } = schema as { description?: string; default?: unknown };
  return `${description} (${standard === undefined ? "required" : `default ${JSON.stringify(standard)}`})`.trim();
}

/** Those shipped with moe-lab, and those in ./experiments. */
function experiments(): Entry[] {
  const shipped = fileURLToPath(new URL("../../experiments", import.meta.url));
  const files = new Set([shipped, join(process.cwd(), "experiments")].flatMap(jsonFiles));
  return [...files].map((file) => {
    const content = parse(readFileSync(file, "utf8")) as Record<string, unknown> | undefined;
    const { name, title, paper, variants } = content ?? {};
    const text = (value: unknown): string => (typeof value === "string" ? value : "");
    return {
      name: text(name) || "(unnamed)",
      title: text(title),
      paper: text(paper),
      variants: Array.isArray(variants) ? variants.length : 0,
      file: relative(process.cwd(), file),
    };
  });
}

function jsonFiles(folder: string): string[] {
  try {
    return readdirSync(folder)
      .filter((name) => /\.jsonc?$/.test(name))
      .sort()
      .map((name) => join(folder, name));
  } catch {
    return [];
  }
}

/** Tables of papers, with the tier that each would show. */
function tables({ out }: ListOptions): Entry[] {
  return TABLES.map((entry) => {
    const { results, others } = readStored(out, entry, null);
    const tiers = results === null ? [] : [results.record.experiment.tier, ...others.map(({ tier }) => tier)];
    return {
      name: entry.name,
      title: entry.title,
      paper: entry.paper,
      madeFrom: `experiment ${entry.experiment}`,
      stored: results === null ? "nothing yet" : tiers.filter((tier) => tier !== "").join(", ") || "untiered",
    };
  });
}

function runs({ out }: ListOptions): Entry[] {
  return findRuns(runsFolderOf(out)).flatMap(({ name, record: run, isSealed, damage }): Entry[] => {
    if (run === null)
      return damage.length === 0 ? [] : [{ name, status: "damaged", failure: damage.join("; ") }];
    return [
      {
        name: run.name,
        router: isMixed(run) ? routerWords(run.identity.settings.router) : null,
        status: run.status === "finished" && !isSealed ? "finished, unsealed" : run.status,
        steps: `${run.stepsDone} of ${run.identity.settings.training.steps}`,
        validationLossNats: run.results?.validationLossNats ?? null,
        computedBy: run.provenance === null ? null : provenanceTag(run.provenance),
        failure: run.failure,
      },
    ];
  });
}

/** Whether a run's name does not say all of its router. */
function isMixed({ identity: { settings } }: RunRecord): boolean {
  return settings.router.byLayer !== undefined;
}

/** A name, and below it the fields that say something. */
function describe({ name, ...fields }: Entry): string {
  const lines = Object.entries(fields).flatMap(([field, value]) => {
    if (value === null || value === "") return [];
    if (typeof value !== "object") return [`  ${spaced(field)}: ${value}`];
    return Object.entries(value).map(([option, text]) => `  ${spaced(field)}.${option}: ${text}`);
  });
  return `${[name, ...lines].join("\n")}\n`;
}

/** `wantsBalanceLoss` is "wants balance loss". */
function spaced(field: string): string {
  return field.replaceAll(/[A-Z]/g, (letter) => ` ${letter.toLowerCase()}`);
}

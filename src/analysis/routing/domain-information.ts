import { shuffle } from "../../core/shuffle.ts";
import type { Stream } from "../../core/streams.ts";
import type { Decisions, LayerCounts, LayerDecisions } from "../../records/decisions.ts";
import { countsOf, sumOf } from "./counts.ts";
import { entropyNats } from "./load.ts";

/** What an expert tells of the domain of the text. */
export interface DomainInformation {
  /** Mutual information of domain and expert over assignments, plug-in estimate, nats. */
  readonly nats: number;
  /** What the estimate gives where experts tell nothing: never zero, since counts are finite. */
  readonly chanceNats: number;
  /** (nats - chance) / (H(domain) - chance): 0 where experts tell no more than chance, 1 where each gives the domain away. Comparable over E and k. */
  readonly corrected: number;
  /** Where the chance comes from. */
  readonly by: "permutation" | "formula";
}

/**
 * I(domain; expert) = sum over d, e of p(d, e) ln(p(d, e) / (p(d) p(e))), p over assignments.
 * @param table one row a domain, [E] counts each.
 */
export function mutualInformationNats(table: readonly ArrayLike<number>[]): number {
  const E = Math.max(0, ...table.map(({ length }) => length));
  const columns = new Float64Array(E);
  for (const row of table) for (let e = 0; e < E; e++) columns[e] = (columns[e] ?? 0) + (row[e] ?? 0);
  const total = sumOf(columns);
  let sum = 0;
  for (const row of table) {
    const inRow = sumOf(row);
    for (let e = 0; e < E; e++) {
      const both = row[e] ?? 0;
      if (both > 0) sum += (both / total) * Math.log((both * total) / (inRow * (columns[e] ?? 0)));
    }
  }
  return sum;
}

/**
 * Domain specialisation in one number, corrected by permutation: domains are dealt out anew among sequences, since the tokens of a text are
 * not independent (among tokens, where sequences are not known, which corrects too little).
 * @param options.shuffles whose mean is chance.
 * @returns null where there is one domain, or nothing was assigned.
 */
export function domainInformation(
  decisions: Decisions,
  layer: LayerDecisions,
  options: { readonly shuffles: number; readonly stream: Stream },
): DomainInformation | null {
  const table = tableOf(countsOf(decisions, layer));
  if (table === null) return null;
  const { domain, sequence } = decisions;
  const groups = sequence ?? Uint32Array.from(domain, (_, t) => t);
  const dealt = new Uint32Array(sequence === null ? domain.length : (sequence.at(-1) ?? 0) + 1);
  groups.forEach((group, t) => (dealt[group] = domain[t] ?? 0));
  const shuffled = new Uint16Array(domain.length);
  let chance = 0;
  for (let i = 0; i < options.shuffles; i++) {
    shuffle(dealt, options.stream);
    for (let t = 0; t < shuffled.length; t++) shuffled[t] = dealt[groups[t] ?? 0] ?? 0;
    const counts = countsOf({ ...decisions, domain: shuffled }, layer);
    chance += mutualInformationNats(counts.domains.map(({ assigned }) => assigned)) / options.shuffles;
  }
  return corrected(table, chance, "permutation");
}

/**
 * The same where only counts are known: chance is (D - 1)(E - 1) / (2 N) nats, the bias of the plug-in estimate over N independent
 * assignments (Miller 1955), times 1 - (k - 1) / (E - 1), since a token has no expert twice. D and E count what was there at all.
 */
export function domainInformationOfCounts(counts: LayerCounts): DomainInformation | null {
  const table = tableOf(counts);
  if (table === null) return null;
  const E = table[0]?.length ?? 0;
  const used = Array.from({ length: E }, (_, e) => sumOf(table.map((row) => row[e] ?? 0))).filter(
    (count) => count > 0,
  ).length;
  const N = sumOf(table.map(sumOf));
  const k = N / sumOf(counts.domains.map(({ tokens }) => tokens));
  const free = (table.filter((row) => sumOf(row) > 0).length - 1) * (used - 1);
  const distinct = used > 1 ? 1 - (k - 1) / (used - 1) : 1;
  return corrected(table, (free / (2 * N)) * Math.max(0, distinct), "formula");
}

function tableOf({ domains }: LayerCounts): readonly ArrayLike<number>[] | null {
  const table = domains.map(({ assigned }) => assigned);
  return table.filter((row) => sumOf(row) > 0).length < 2 ? null : table;
}

function corrected(
  table: readonly ArrayLike<number>[],
  chanceNats: number,
  by: DomainInformation["by"],
): DomainInformation {
  const nats = mutualInformationNats(table);
  const most = entropyNats(table.map(sumOf));
  return { nats, chanceNats, corrected: (nats - chanceNats) / (most - chanceNats), by };
}

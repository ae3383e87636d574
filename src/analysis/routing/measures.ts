import { streamOf } from "../../core/streams.ts";
import { ID_KINDS, type Decisions, type DomainCounts, type LayerCounts } from "../../records/decisions.ts";
import { coActivation, expertPairs } from "./co-activation.ts";
import { ALL_DOMAINS, countsOf, pooled, sumOf } from "./counts.ts";
import {
  domainInformation,
  domainInformationOfCounts,
  type DomainInformation,
} from "./domain-information.ts";
import { balanceLosses } from "./balance-loss.ts";
import { gateMeasures } from "./gates.ts";
import { loadMeasures } from "./load.ts";
import { agreement, type AgainstChance } from "./saturation.ts";
import { countIds, tokenOrders, vocabularySpecialisation } from "./vocabulary.ts";

/** Of the loss that is trained on, by the length of the way that parameters go. */
export const GRADIENT_UNIT = "nats / unit of the parameters";

/** Every number that is reported a layer, with its unit; docs/analyze.md says what each is. */
export const MEASURE_UNITS = {
  load_cv: "standard deviation / mean",
  load_entropy: "share of ln E",
  load_max_violation: "largest load / mean - 1",
  load_gini: "0 to 1",
  dead_experts: "experts",
  balance_loss: "1 at even load",
  experts_per_token: "experts",
  largest_token_share: "share of tokens",
  smallest_token_share: "share of tokens",
  domain_information: "nats",
  domain_specialisation: "share of the domain's entropy",
  strongest_co_activation: "share of an expert's tokens",
  strongest_co_activation_lift: "times chance",
  vocabulary_input_top1: "share of occurrences",
  vocabulary_predicted_top1: "share of occurrences",
  vocabulary_next_top1: "share of occurrences",
  vocabulary_input: "share of occurrences",
  vocabulary_predicted: "share of occurrences",
  vocabulary_next: "share of occurrences",
  router_entropy: "share of ln E",
  router_margin: "probability",
  router_margin_p10: "probability",
  router_margin_p90: "probability",
  saturation_top1: "share of tokens",
  saturation_topk: "share of the experts at the end",
  changed_top1: "share of tokens",
  router_gradient: GRADIENT_UNIT,
  expert_gradient_p10: GRADIENT_UNIT,
  expert_gradient_p50: GRADIENT_UNIT,
  expert_gradient_p90: GRADIENT_UNIT,
  regret_to_best: "nats",
  regret_to_mean: "nats",
  route_in_best_quarter: "share of tokens",
  route_standing: "0 a random route, 1 the best in hindsight",
  replay_loss_increase: "nats",
  ...Object.fromEntries(Array.from({ length: 8 }, (_, rank) => [gateName(rank), "weight"])),
} as Readonly<Record<string, string>>;

/** One number of a layer. */
export interface Measure {
  readonly layer: number;
  /** A domain's name, or `all`. */
  readonly domain: string;
  /** A name of MEASURE_UNITS, or `router.` and one that a router declares. */
  readonly measure: string;
  /** Of a measure that is not among MEASURE_UNITS: one that a router declares. */
  readonly unit?: string;
  readonly value: number;
  /** What it would be by chance; null where that is not a number of one meaning. */
  readonly chance: number | null;
}

/** Ids that come less often are not counted as vocabulary: a token seen once would be wholly specialised. */
const LEAST_COUNT = 10;
/** Shuffles are read at most this often a layer; one is enough where there are millions of them. */
const SHUFFLED_ROWS = 4e6;
const MOST_SHUFFLES = 20;

/** Load and domain specialisation, from counts alone. */
export function measuresOfCounts(counts: LayerCounts): Measure[] {
  return [
    ...[...counts.domains, pooled(counts)].flatMap((domain) => loadsOf(counts.layer, domain)),
    ...informationRows(counts.layer, domainInformationOfCounts(counts)),
  ];
}

/** Everything that one model's decisions tell. Chance by shuffling is the same at every call. */
export function measuresOfDecisions(decisions: Decisions): Measure[] {
  const { experts: E, ids, domain } = decisions;
  const shuffles = shufflesFor(Math.max(...decisions.layers.map(({ expert }) => expert.length)));
  const streamFor = (...what: (string | number)[]) => streamOf(0, "routing-analysis", ...what);
  const counted = ID_KINDS.flatMap((kind) => {
    const list = ids[kind];
    return list === undefined ? [] : [{ kind, table: countIds(list, LEAST_COUNT) }];
  });
  const orders = counted.length === 0 ? [] : tokenOrders(domain.length, shuffles, streamFor("vocabulary"));
  const vocabularies = counted.map(({ kind, table }) => ({
    kind,
    byLayer: vocabularySpecialisation(table, decisions.layers, E, orders),
  }));
  return decisions.layers.flatMap((layer, place): Measure[] => {
    const of = rowMaker(layer.layer);
    const counts = countsOf(decisions, layer);
    const pairs = expertPairs(coActivation(layer, E)).filter(({ tokens }) => tokens > 0);
    const words = vocabularies.flatMap(({ kind, byLayer }) => {
      const found = byLayer[place];
      if (found === undefined) return [];
      const { top1, all } = found;
      return [
        of(`vocabulary_${kind}_top1`, top1.share, top1.chance),
        of(`vocabulary_${kind}`, all.share, all.chance),
      ];
    });
    const { byRank, entropyShare, margin } = gateMeasures(layer, E);
    const information = domainInformation(decisions, layer, {
      shuffles,
      stream: streamFor("domain", layer.layer),
    });
    return [
      ...[...counts.domains, pooled(counts)].flatMap((domain) => loadsOf(layer.layer, domain)),
      ...balanceLosses(counts, layer.meanProbs).map(({ domain, value }) =>
        of("balance_loss", value, null, domain),
      ),
      ...informationRows(layer.layer, information),
      ...(pairs.length === 0
        ? []
        : [
            of("strongest_co_activation", Math.max(...pairs.map(({ share }) => share)), null),
            of("strongest_co_activation_lift", Math.max(...pairs.map(({ lift }) => lift)), 1),
          ]),
      ...words,
      ...(byRank ?? []).map((weight, rank) => of(gateName(rank), weight, null)),
      ...(entropyShare === null ? [] : [of("router_entropy", entropyShare, null)]),
      ...(margin === null
        ? []
        : [
            of("router_margin", margin.mean, null),
            of("router_margin_p10", margin.tenth, null),
            of("router_margin_p90", margin.ninetieth, null),
          ]),
    ];
  });
}

/**
 * Saturation: decisions on the way against those at the end, on the same tokens.
 * @param before decisions of the checkpoint before; null for the first.
 */
export function measuresThroughTraining(now: Decisions, end: Decisions, before: Decisions | null): Measure[] {
  return now.layers.flatMap((layer, index): Measure[] => {
    const last = end.layers[index];
    if (last === undefined) return [];
    const of = rowMaker(layer.layer);
    const row = (measure: string, { share, chanceAtLoad }: AgainstChance): Measure =>
      of(measure, share, chanceAtLoad);
    const { top1, topK } = agreement(layer, last, now.experts);
    const earlier = before?.layers[index];
    const changed = earlier && agreement(earlier, layer, now.experts).top1;
    return [
      row("saturation_top1", top1),
      row("saturation_topk", topK),
      ...(changed === undefined ? [] : [of("changed_top1", 1 - changed.share, 1 - changed.chanceAtLoad)]),
    ];
  });
}

/** So many that a layer's rows are read within bounds, at least one. */
function shufflesFor(rows: number): number {
  return Math.max(1, Math.min(MOST_SHUFFLES, Math.floor(SHUFFLED_ROWS / Math.max(1, rows))));
}

function rowMaker(layer: number) {
  return (measure: string, value: number, chance: number | null, domain = ALL_DOMAINS): Measure => ({
    ...{ layer, domain, measure, value, chance },
  });
}

function gateName(rank: number): string {
  return `gate_rank_${rank + 1}`;
}

function informationRows(layer: number, found: DomainInformation | null): Measure[] {
  if (found === null) return [];
  const of = rowMaker(layer);
  return [
    of("domain_information", found.nats, found.chanceNats),
    of("domain_specialisation", found.corrected, 0),
  ];
}

function loadsOf(layer: number, { domain, tokens, assigned }: DomainCounts): Measure[] {
  const found = loadMeasures(assigned, tokens);
  if (found === null) return [];
  const perToken = sumOf(assigned) / tokens;
  const even = perToken / assigned.length;
  const rows: readonly (readonly [string, number, number | null])[] = [
    ["experts_per_token", perToken, null],
    ["load_cv", found.variation, 0],
    ["load_entropy", found.entropyShare, 1],
    ["load_max_violation", found.maxViolation, 0],
    ["load_gini", found.gini, 0],
    ["dead_experts", found.deadExperts, 0],
    ["largest_token_share", found.largestTokenShare, even],
    ["smallest_token_share", found.smallestTokenShare, even],
  ];
  const of = rowMaker(layer);
  return rows.map(([measure, value, chance]) => of(measure, value, chance, domain));
}

import type { Decisions } from "../../records/decisions.ts";
import { pairedT } from "../paired-t.ts";
import { ALL_DOMAINS } from "./counts.ts";

/** What one run's final model made of single tokens. */
export interface RunTokens {
  readonly variant: string;
  readonly seed: number;
  readonly tokens: Pick<Decisions, "domains" | "domain" | "sequence" | "ids">;
  /** [n], nats. */
  readonly lossNats: Float32Array;
  /** Of the tokens that were sent on other routes; none where nobody asked. */
  readonly regrets: readonly TokenRegret[];
}

/** One token's regret in one layer, nats. */
export interface TokenRegret {
  readonly layer: number;
  readonly token: number;
  readonly toBest: number;
  readonly toMean: number;
}

/** A variant less the baseline at one seed, on the same tokens. */
export interface PairedTokens {
  readonly variant: string;
  readonly baseline: string;
  readonly seed: number;
  /** Of regrets; null of the loss. */
  readonly layer: number | null;
  readonly domain: string;
  readonly measure: "loss" | "regret_to_best" | "regret_to_mean";
  /** Nats: below zero the variant is better. */
  readonly difference: number;
  /** Ends of the 95 % t-interval over sequences; null of a single one. */
  readonly low: number | null;
  readonly high: number | null;
  readonly sequences: number;
  readonly tokens: number;
}

/** A difference at a token. */
interface Difference {
  readonly token: number;
  readonly nats: number;
}

/**
 * Compares a variant's model with the baseline's of the same seed token by token. The unit is the sequence: tokens of one are not independent, so
 * differences are averaged within each before the paired t. The interval is of the text alone: it says whether these two trained models differ, not
 * whether their routers would at another seed.
 * @returns null where they were not asked on the same tokens.
 */
export function pairTokens(variant: RunTokens, baseline: RunTokens): PairedTokens[] | null {
  const [ids, others] = [variant.tokens.ids.input, baseline.tokens.ids.input];
  const areSame = ids?.length === others?.length && ids?.every((id, t) => id === others?.[t]);
  if (ids === undefined || areSame !== true) return null;
  const of = { variant: variant.variant, baseline: baseline.variant, seed: variant.seed };
  const losses = Array.from(variant.lossNats, (nats, token) => ({
    token,
    nats: nats - (baseline.lossNats[token] ?? Number.NaN),
  }));
  const before = new Map(baseline.regrets.map((regret) => [`${regret.layer}/${regret.token}`, regret]));
  const layers = [...new Set(variant.regrets.map(({ layer }) => layer))];
  const regrets = (["toBest", "toMean"] as const).flatMap((kind) =>
    layers.flatMap((layer) => {
      const differences = variant.regrets.flatMap((regret): Difference[] => {
        const other = regret.layer === layer ? before.get(`${layer}/${regret.token}`) : undefined;
        return other === undefined ? [] : [{ token: regret.token, nats: regret[kind] - other[kind] }];
      });
      const measure = kind === "toBest" ? "regret_to_best" : "regret_to_mean";
      return byDomain(variant, differences).map((row) => ({ ...of, layer, measure, ...row }) as const);
    }),
  );
  return [
    ...byDomain(variant, losses).map((row) => ({ ...of, layer: null, measure: "loss", ...row }) as const),
    ...regrets,
  ];
}

/** Over all tokens, and of each domain. */
function byDomain(
  { tokens: { domain, domains, sequence } }: RunTokens,
  differences: readonly Difference[],
): Pick<PairedTokens, "domain" | "difference" | "low" | "high" | "sequences" | "tokens">[] {
  return [ALL_DOMAINS, ...domains].flatMap((name) => {
    const sums = new Map<number, { total: number; tokens: number }>();
    for (const { token, nats } of differences) {
      if (name !== ALL_DOMAINS && domains[domain[token] ?? 0] !== name) continue;
      const unit = sequence?.[token] ?? token;
      const sum = sums.get(unit) ?? { total: 0, tokens: 0 };
      sums.set(unit, { total: sum.total + nats, tokens: sum.tokens + 1 });
    }
    const means = [...sums.values()].map(({ total, tokens }) => total / tokens);
    if (means.length === 0) return [];
    const found = pairedT(means, 0.05);
    return [
      {
        domain: name,
        difference: means.reduce((sum, one) => sum + one, 0) / means.length,
        ...{ low: found?.low ?? null, high: found?.high ?? null, sequences: means.length },
        tokens: [...sums.values()].reduce((sum, { tokens }) => sum + tokens, 0),
      },
    ];
  });
}

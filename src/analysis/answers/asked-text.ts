import { pairedT, type MeanInterval, type PairedT } from "../paired-t.ts";
import { meanShare } from "./share-interval.ts";

/** What questions of a kind have in common; null: over all of them. */
interface AskedCell {
  readonly kind: "needle" | "cloze";
  /** Of a text that is gone on with. */
  readonly domain: string | null;
  /** Of a text with a needle in it, tokens. */
  readonly length: number | null;
  /** Where the needle stands, percent of the filler before it. */
  readonly depth: number | null;
}

/** Which model was asked. */
interface AskedModel {
  readonly variant: string;
  readonly seed: number;
  /** Steps and tokens trained; 0 is where a run went on from another. */
  readonly step: number;
  readonly trained: number;
}

/** What a model made of one question. */
export interface AskedOutcome extends AskedCell {
  readonly whole: boolean;
  readonly perByte: boolean;
  /** Said by itself; null where that was not asked. */
  readonly said: boolean | null;
}

/** Right answers of a model, in a cell. */
export interface AskedRow extends AskedModel, AskedCell {
  readonly asked: number;
  /** The right one chosen, by the probability of all of it, and of a byte of it. */
  readonly whole: number;
  readonly perByte: number;
  /** Null where nothing was to be said. */
  readonly said: number | null;
  /** Share that is right by lot where one chooses. */
  readonly chance: number;
  /** Equal where the very same questions were asked. */
  readonly questions: string;
}

/** How an answer can be right. */
const ASKED_MEASURES = ["whole", "perByte", "said"] as const;
export type AskedMeasure = (typeof ASKED_MEASURES)[number];

/** Right answers in a cell over the seeds of a variant; shares, 0 to 1. */
export interface AskedSummary extends Omit<AskedModel, "seed">, AskedCell {
  readonly measure: AskedMeasure;
  /** Questions of each model. */
  readonly asked: number;
  /** Over seeds; of a single one with the exact interval of its questions (Clopper and Pearson). */
  readonly share: MeanInterval;
  /** Null of what is said by itself. */
  readonly chance: number | null;
  readonly baseline: string;
  /** Against the baseline's model of the same seed on the very same questions; null of the baseline, and without two pairs. */
  readonly difference: PairedT | null;
}

/**
 * Counts right answers: in every cell, of needles over the depths of each length too, and over all.
 * @param name of the questions of some places, such as a hash of them.
 */
export function askedRows(
  of: AskedModel,
  outcomes: readonly AskedOutcome[],
  chance: number,
  name: (places: readonly number[]) => string,
): AskedRow[] {
  const cells = new Map<string, AskedCell & { places: number[] }>();
  outcomes.forEach(({ kind, domain, length, depth }, place) => {
    const all = { kind, domain: null, length: null, depth: null };
    for (const cell of [{ kind, domain, length, depth }, { ...all, length }, all]) {
      const key = JSON.stringify(cell);
      const own = cells.get(key) ?? { ...cell, places: [] };
      if (own.places.at(-1) !== place) own.places.push(place);
      cells.set(key, own);
    }
  });
  return [...cells.values()].map(({ places, ...cell }) => {
    const own = places.flatMap((place) => outcomes[place] ?? []);
    const count = (measure: AskedMeasure): number =>
      own.filter((outcome) => outcome[measure] === true).length;
    return {
      ...of,
      ...cell,
      ...{ asked: own.length, whole: count("whole"), perByte: count("perByte") },
      said: own.some(({ said }) => said === null) ? null : count("said"),
      ...{ chance, questions: name(places) },
    };
  });
}

/** Means over seeds, and differences from the baseline's model of the same seed, in the order in which the first seed's rows stand. */
export function askedOverSeeds(
  rows: readonly AskedRow[],
  baselineOf: (variant: string) => string,
  alpha = 0.05,
): AskedSummary[] {
  const keyOf = (row: AskedRow, variant: string): string =>
    JSON.stringify([variant, row.step === 0, row.kind, row.domain, row.length, row.depth]);
  const groups = new Map<string, AskedRow[]>();
  for (const row of rows) {
    const key = keyOf(row, row.variant);
    groups.set(key, [...(groups.get(key) ?? []), row]);
  }
  return [...groups.values()].flatMap((own) =>
    ASKED_MEASURES.flatMap((measure): AskedSummary[] => {
      const [first] = own;
      const counted = own.flatMap(({ [measure]: right, asked }) =>
        right === null ? [] : [{ right, asked }],
      );
      if (first === undefined || counted.length === 0) return [];
      const baseline = baselineOf(first.variant);
      const others = baseline === first.variant ? [] : (groups.get(keyOf(first, baseline)) ?? []);
      const differences = own.flatMap((row) => {
        const other = others.find(({ seed, questions }) => seed === row.seed && questions === row.questions);
        const [one, two] = [row[measure], other?.[measure] ?? null];
        return one === null || two === null ? [] : [(one - two) / row.asked];
      });
      const { variant, step, trained, kind, domain, length, depth, asked, chance } = first;
      return [
        {
          ...{ variant, step, trained, kind, domain, length, depth, measure, asked, baseline },
          share: meanShare(counted, alpha),
          chance: measure === "said" ? null : chance,
          difference: pairedT(differences, alpha),
        },
      ];
    }),
  );
}

import { z } from "zod";
import { number, positive, setting } from "./setting.ts";

/** What an objective learns from: every token, the tokens of answers, or pairs of a chosen and a rejected answer. */
type Needs = "tokens" | "answers" | "pairs";

/** What settings must know of an objective; what it computes is in objectives/. */
export interface DeclaredObjective {
  /** One sentence for lists and docs. */
  readonly summary: string;
  /** Its own options with their ranges and defaults. */
  readonly options: z.ZodObject;
  readonly needs: Needs;
  /** Whether it trains on from a parent, whose router it then keeps unless told otherwise; else it may start at random. */
  readonly continues: boolean;
  /** Whether it measures against the frozen parent. */
  readonly hasReference: boolean;
}

const answers = { needs: "answers", continues: true, hasReference: false } as const;

/** The objectives by name: their options are settings, so they are declared here as all settings are. */
export const OBJECTIVES = {
  pretrain: {
    summary: "Next-token prediction on every token.",
    options: z.strictObject({}),
    needs: "tokens",
    continues: false,
    hasReference: false,
  },
  sft: {
    summary: "Next-token prediction on the tokens of answers alone.",
    options: z.strictObject({}),
    ...answers,
  },
  dpo: {
    summary:
      "Direct preference optimisation: a chosen answer against a rejected one, measured against the frozen parent.",
    options: z.strictObject({
      beta: setting(positive(100), 0.1, "Strength of the pull to the parent (DPO's beta)."),
    }),
    needs: "pairs",
    continues: true,
    hasReference: true,
  },
  "td-mle": {
    summary:
      "sft with a temporal-difference term: logits are Q values, and the reward that they imply is kept small.",
    options: z.strictObject({
      lambda: setting(number(0, 100), 0.1, "Weight of the temporal-difference term; 0 is sft."),
      gamma: setting(number(0, 1), 1, "Discount of the next token's value."),
    }),
    ...answers,
  },
} as const satisfies Readonly<Record<string, DeclaredObjective>>;

export type ObjectiveName = keyof typeof OBJECTIVES;

/** Names of the objectives, in their usual order. */
export const OBJECTIVE_NAMES = Object.keys(OBJECTIVES) as [ObjectiveName, ...ObjectiveName[]];

/** What training minimises. */
export const objective = z
  .strictObject({
    name: setting(
      z.enum(OBJECTIVE_NAMES),
      "pretrain",
      "The objective; a new name starts from its own defaults.",
    ),
    options: setting(z.record(z.string(), z.number()), {}, "The objective's own options (docs/stages.md)."),
  })
  .describe("What training minimises, beside the routers' losses.");

/** The objective that runs had before there was a choice. */
export const PRETRAIN = { name: "pretrain", options: {} } as const;

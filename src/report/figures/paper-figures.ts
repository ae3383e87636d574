import { olmoeAdamEps } from "../../papers/olmoe/adam-eps.ts";
import { olmoeBalanceLoss } from "../../papers/olmoe/balance-loss.ts";
import { olmoeDecayEmbeddings } from "../../papers/olmoe/decay-embeddings.ts";
import { olmoeDecayNorms } from "../../papers/olmoe/decay-norms.ts";
import { olmoeDense } from "../../papers/olmoe/dense.ts";
import { olmoeExpertChoice } from "../../papers/olmoe/expert-choice.ts";
import { olmoeGranularity } from "../../papers/olmoe/granularity.ts";
import { olmoeInit } from "../../papers/olmoe/init.ts";
import { olmoeNorm } from "../../papers/olmoe/norm.ts";
import { olmoeQkNorm } from "../../papers/olmoe/qk-norm.ts";
import { olmoeSharedExpert } from "../../papers/olmoe/shared-expert.ts";
import { olmoeZLoss } from "../../papers/olmoe/z-loss.ts";
import type { PaperTable } from "../../papers/paper.ts";
import type { LossKind } from "../charts/curves.ts";

/** A figure of a paper: loss curves of a few runs. Its end points are those of the paper's table of the same name. */
export interface PaperFigure {
  readonly table: PaperTable;
  /** Its number in the paper. */
  readonly figure: string;
  /** Training tokens of the paper's runs. */
  readonly tokens: string;
  /** Whether the paper draws its runs against training time too. */
  readonly hasTime?: boolean;
  /** The losses that the paper draws, where it is not both. */
  readonly losses?: readonly LossKind[];
  /** Other experiments in which variants of the same names differ in the same way. */
  readonly also?: readonly string[];
  /** In the paper's order: what its legend says, and the variant of the table's row. */
  readonly series: readonly { readonly legend: string; readonly variant: string }[];
}

/** Yuan 2.0-M32 draws one curve, that of its large model; its routers are in tables alone. */
const YUAN_LOSS: PaperTable = {
  name: "yuan-loss",
  title: "Pre-training loss of the attention router",
  paper: "Yuan 2.0-M32, arXiv 2405.17976, section 4.1 and figure 3",
  experiment: "attention-router",
  heading: "",
  reference: "Yuan 2.0-M32",
  columns: [{ id: "train_loss_nats", header: "training loss", source: "read", answer: "train_loss_nats" }],
  // The authors' scripts have no balancing loss.
  rows: [{ label: "Yuan 2.0-M32", variant: "attention-nobalance", paper: { train_loss_nats: "1.22" } }],
  notes: [],
};

/** OLMoE's section 4: each figure has the training loss and the validation loss on C4 against training tokens. */
export const PAPER_FIGURES: readonly PaperFigure[] = [
  {
    table: YUAN_LOSS,
    figure: "figure 3",
    tokens: "2 000 B",
    losses: ["training"],
    series: [{ legend: "Yuan 2.0-M32", variant: "attention-nobalance" }],
  },
  {
    table: olmoeDense,
    figure: "figure 4",
    tokens: "130 B",
    hasTime: true,
    series: [
      { legend: "MoE", variant: "linear-64-8" },
      { legend: "Dense", variant: "dense" },
    ],
  },
  {
    table: olmoeGranularity,
    figure: "figure 5",
    tokens: "130 B",
    series: [
      { legend: "64", variant: "linear-64-8" },
      { legend: "32", variant: "linear-32-4" },
      { legend: "8", variant: "linear-8-1" },
    ],
  },
  {
    table: olmoeSharedExpert,
    figure: "figure 6",
    tokens: "130 B",
    series: [
      { legend: "32 routed", variant: "linear-32-4" },
      { legend: "31 routed, 1 shared", variant: "shared-31-1" },
    ],
  },
  {
    table: olmoeExpertChoice,
    figure: "figure 7",
    tokens: "about 200 B",
    also: ["attention-router"],
    series: [
      { legend: "TC", variant: "linear" },
      { legend: "EC", variant: "expert-choice" },
    ],
  },
  {
    table: olmoeBalanceLoss,
    figure: "figure 9",
    tokens: "10 B",
    also: ["attention-router"],
    series: [
      { legend: "LBL", variant: "linear" },
      { legend: "No LBL", variant: "linear-nobalance" },
    ],
  },
  {
    table: olmoeZLoss,
    figure: "figure 11",
    tokens: "about 750 B",
    series: [
      { legend: "Z-loss", variant: "linear" },
      { legend: "No z-loss", variant: "no-z-loss" },
    ],
  },
  {
    table: olmoeInit,
    figure: "figure 13",
    tokens: "about 600 B",
    series: [
      { legend: "Trunc normal", variant: "linear" },
      { legend: "Normal", variant: "normal-0.02" },
    ],
  },
  {
    table: olmoeNorm,
    figure: "figure 14",
    tokens: "105 B",
    series: [
      { legend: "RMS", variant: "linear" },
      { legend: "Non-parametric", variant: "layer-norm-nonparametric" },
    ],
  },
  {
    table: olmoeDecayNorms,
    figure: "figure 15",
    tokens: "31.5 B",
    series: [
      { legend: "Decay", variant: "linear" },
      { legend: "No decay", variant: "no-decay-norms" },
    ],
  },
  {
    table: olmoeDecayEmbeddings,
    figure: "figure 17",
    tokens: "63 B",
    series: [
      { legend: "Decay", variant: "linear" },
      { legend: "No decay", variant: "no-decay-embeddings" },
    ],
  },
  {
    table: olmoeQkNorm,
    figure: "figure 18",
    tokens: "330 B",
    series: [
      { legend: "QK-Norm", variant: "layer-norm-nonparametric" },
      { legend: "No QK-Norm", variant: "layer-norm-nonparametric-no-qk-norm" },
    ],
  },
  {
    table: olmoeAdamEps,
    figure: "figure 19",
    tokens: "31.5 B",
    series: [
      { legend: "1E-08", variant: "linear" },
      { legend: "1E-05", variant: "eps-1e-5" },
    ],
  },
];

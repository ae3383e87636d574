import { z } from "zod";
import { integer, number, salt, setting, text, younger } from "./setting.ts";

/** One layer, or a range of them with both ends: the pattern of `layers`. */
export const LAYERS_PATTERN = /^\d{1,3}(-\d{1,3})?$/;

const routerName = text().describe(
  "A shipped router (`moe-lab list routers`), or the path of a module of your own, relative to this file.",
);
const routerOptions = z.record(z.string(), z.unknown());
const layers = z
  .string()
  .regex(LAYERS_PATTERN, 'must be a layer or a range of layers, such as "0" or "0-2"')
  .describe('The layers that it routes, from 0: "0", or "0-2" for three.');

/** Which router, and its own options, which its own schema fills in. */
const oneRouter = {
  name: setting(routerName, "linear", routerName.description ?? ""),
  options: setting(routerOptions, {}, "The router's own options."),
};

/** The router of a model as it is resolved: the main one, and those of the layers that have another; absent where none has. */
export const router = z.strictObject({
  ...oneRouter,
  byLayer: z
    .array(z.strictObject({ layers, name: routerName, options: routerOptions }))
    .min(1)
    .optional(),
});

/** The router as a file writes it: one for all layers, or a list of them by layer. */
export const writtenRouter = z
  .union([
    z.strictObject(oneRouter).describe("The router of all layers."),
    z
      .array(
        z
          .strictObject({
            layers: layers.optional(),
            name: routerName,
            options: setting(routerOptions, {}, "The router's own options."),
          })
          .describe("The router of some layers; without `layers`, of all that are left."),
      )
      .min(1)
      .max(128)
      .describe("Routers by layer. A list replaces all that is written of the router below it."),
  ])
  .describe(
    "Who decides which experts process a token. A new name starts from that router's own defaults, in all layers.",
  );

/** Auxiliary losses: means over tokens and layers, times a weight. */
export const losses = z
  .strictObject({
    balanceWeight: setting(
      number(0, 100),
      0.01,
      "Weight of the load-balancing loss (1 at perfect balance); 0 turns it off.",
    ),
    zWeight: setting(number(0, 100), 0.001, "Weight of the router z-loss; 0 turns it off."),
    balanceForm: younger(
      setting(
        z.enum(["switch", "importance", "importance-load", "entropy"]),
        "switch",
        "What the balance loss is: Switch's E sum f P, 1 + CV(P)^2, the mean of that and of the same of Shazeer's smooth load, or 1 + ln E - entropy of P; each is 1 at perfect balance.",
      ),
      "switch",
    ),
    balanceScope: younger(
      setting(
        z.enum(["batch", "sequence", "window"]),
        "batch",
        'Among which tokens it asks for balance: those of the batch, of each sequence by itself, or, for "switch", of the batches of balanceWindow.',
      ),
      "batch",
    ),
    balanceWindow: younger(
      setting(
        integer(1, 100_000),
        16,
        "Batches over which the scope window counts assignments, the newest weighing most.",
      ),
      16,
    ),
    biasStep: younger(
      setting(
        number(0, 1),
        0,
        "How far, each step, an expert's bias in the choice (not in the weights) moves against its load, in units of the scores (DeepSeek-V3: 0.001, of sigmoids); for routers that take one; 0 for none.",
      ),
      0,
    ),
  })
  .describe("Weights of the auxiliary losses, and what balance is.");

/** Extra salts of named random streams. */
export const streams = z
  .strictObject({
    router: setting(
      salt(),
      0,
      "Re-draws the router's initialisation alone, for A/A runs; 0 is the plain draw.",
    ),
  })
  .describe("Extra salts of the named random streams.");

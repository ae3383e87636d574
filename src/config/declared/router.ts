import { z } from "zod";
import { number, salt, setting, text } from "./setting.ts";

/** Which router, and its own options, which its own schema fills in. */
export const router = z
  .strictObject({
    name: setting(
      text(),
      "linear",
      "A shipped router (`moe-lab list routers`), or the path of a module of your own, relative to this file.",
    ),
    options: setting(z.record(z.string(), z.unknown()), {}, "The router's own options."),
  })
  .describe("Who decides which experts process a token. A new name starts from that router's own defaults.");

/** Auxiliary losses: means over tokens and layers, times a weight. */
export const losses = z
  .strictObject({
    balanceWeight: setting(
      number(0, 100),
      0.01,
      "Weight of the load-balancing loss (1 at perfect balance); 0 turns it off.",
    ),
    zWeight: setting(number(0, 100), 0.001, "Weight of the router z-loss; 0 turns it off."),
  })
  .describe("Weights of the auxiliary losses.");

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

import { noise, resolvedSettings, transfer } from "./declared/all.ts";
import { resolveDomains } from "./domains.ts";
import { deepFreeze } from "./paths.ts";
import type { Settings } from "./settings.ts";
import { z } from "zod";

/**
 * The settings of a base that writes nothing: OLMoE's recipe at a size that a laptop trains in minutes. The options of a
 * router are its own (its schema holds their defaults).
 */
export const DEFAULTS: Settings = makeDefaults();

/** How a parent's weights are taken over when a file names a parent and says no more. */
export const PARENT_DEFAULTS = z.object(transfer).parse({});

/** OLMoE's noise (appendix F), for a file that asks for noise and says no more. */
export const NOISE_DEFAULTS = noise.parse({});

function makeDefaults(): Settings {
  const { data, ...others } = resolvedSettings.parse({});
  const { domains } = resolveDomains(data.domains);
  const { model, router, losses, objective, training, streams } = others;
  return deepFreeze({
    ...{ model, router, losses, objective, data: { ...data, domains }, training, streams },
    parent: null,
  });
}

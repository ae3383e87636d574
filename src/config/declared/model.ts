import { z } from "zod";
import { integer, number, positive, setting, younger } from "./setting.ts";

/** The decoder language model (OLMoE's). Sizes in the axis letters of core/axes.ts. */
export const model = z
  .strictObject({
    width: setting(integer(1, 8192), 64, "D, width of the residual stream."),
    layers: setting(
      integer(1, 128),
      2,
      "L, number of decoder layers; each has an MoE, but for the dense ones.",
    ),
    denseLayers: younger(
      setting(
        integer(0, 127),
        0,
        "The first layers that have no experts but one feed-forward network of equal active width; fewer than layers.",
      ),
      0,
    ),
    heads: setting(integer(1, 256), 2, "H, attention heads; width / heads must be an even whole number."),
    experts: setting(integer(1, 1024), 8, "E, routed experts a layer."),
    topK: setting(integer(1, 1024), 2, "K, experts that process one token; at most experts."),
    expertWidth: setting(integer(1, 65536), 128, "F, hidden width of one expert."),
    latentWidth: younger(
      setting(
        integer(0, 8191),
        0,
        "Routed experts work at this width, smaller than width, between two projections that they share; the router sees all of width (LatentMoE). 0: at width itself.",
      ),
      0,
    ),
    sharedAcrossLayers: younger(
      setting(
        z.boolean(),
        false,
        "All layers use one set of experts, each with a router of its own (layer-shared MoE, WideNet).",
      ),
      false,
    ),
    gateScale: younger(
      setting(
        positive(1000),
        1,
        "Factor on the weights of the routed experts (DeepSeek-V3's routed scaling factor is 2.5).",
      ),
      1,
    ),
    norm: younger(
      setting(
        z.enum(["rms", "layer", "layer-nonparametric"]),
        "rms",
        "Kind of every norm: RMSNorm, or LayerNorm with a gain (no bias) or without.",
      ),
      "rms",
    ),
    normEps: setting(positive(0.1), 1e-5, "Epsilon of the norms."),
    qkNorm: setting(
      z.boolean(),
      true,
      "A norm on queries and keys, over all of the width, before heads are split.",
    ),
    localizedFiltering: younger(
      setting(
        z.boolean(),
        false,
        "Queries and keys from tokens filtered with the two before them (Yuan 2.0's LFA): two causal convolutions of kernel 2.",
      ),
      false,
    ),
    rotaryBase: setting(number(1, 1e9), 10_000, "Base of the rotary position embedding."),
    rotaryFactor: younger(
      setting(
        number(1, 1000),
        1,
        "How many times longer sequences are than those that the base is for: the base then counts times factor^(d / (d - 2)) (NTK-aware).",
      ),
      1,
    ),
    tiedEmbeddings: setting(z.boolean(), false, "The output projection is the transposed embedding."),
    init: z
      .strictObject({
        distribution: setting(
          z.enum(["normal", "truncated-normal"]),
          "truncated-normal",
          "Distribution of initial weights.",
        ),
        std: setting(positive(1), 0.02, "Standard deviation of initial weights."),
        cut: setting(number(0.5, 10), 3, "Truncation of truncated-normal, in standard deviations."),
      })
      .describe("Initialisation of every weight matrix; norm gains start at 1.")
      .prefault({}),
  })
  .describe("The decoder language model.");

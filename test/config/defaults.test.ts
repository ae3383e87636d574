import { expect, it } from "vitest";
import { settings } from "../../src/config/declared/all.ts";
import { DEFAULTS, NOISE_DEFAULTS, PARENT_DEFAULTS } from "../../src/config/defaults.ts";
import { judgementSchema } from "../../src/config/schema.ts";

it("are OLMoE's recipe at laptop size; a change here changes every experiment", () => {
  const judgement = judgementSchema.parse({});
  expect({ DEFAULTS, NOISE_DEFAULTS, PARENT_DEFAULTS, judgement }).toMatchInlineSnapshot(`
    {
      "DEFAULTS": {
        "data": {
          "batchSequences": 16,
          "domains": [
            {
              "corpus": "fiction",
              "files": [],
              "name": "fiction",
              "task": null,
              "validationWeight": null,
              "weight": 1,
            },
            {
              "corpus": "speeches",
              "files": [],
              "name": "speeches",
              "task": null,
              "validationWeight": null,
              "weight": 1,
            },
            {
              "corpus": "dictionary",
              "files": [],
              "name": "dictionary",
              "task": null,
              "validationWeight": null,
              "weight": 1,
            },
            {
              "corpus": "code",
              "files": [],
              "name": "code",
              "task": null,
              "validationWeight": null,
              "weight": 1,
            },
            {
              "corpus": "arithmetic",
              "files": [],
              "name": "arithmetic",
              "task": null,
              "validationWeight": null,
              "weight": 1,
            },
          ],
          "fimRate": 0,
          "fimSpm": 0.5,
          "maxRepeats": null,
          "sequenceLength": 64,
          "testShare": 0.05,
          "validationShare": 0.05,
          "validationTokens": 65536,
          "vocabulary": 256,
          "wordShareDomains": null,
        },
        "losses": {
          "balanceForm": "switch",
          "balanceScope": "batch",
          "balanceWeight": 0.01,
          "balanceWindow": 16,
          "biasStep": 0,
          "zWeight": 0.001,
        },
        "model": {
          "denseLayers": 0,
          "expertWidth": 128,
          "experts": 8,
          "gateScale": 1,
          "heads": 2,
          "init": {
            "cut": 3,
            "distribution": "truncated-normal",
            "std": 0.02,
          },
          "latentWidth": 0,
          "layers": 2,
          "localizedFiltering": false,
          "norm": "rms",
          "normEps": 0.00001,
          "qkNorm": true,
          "rotaryBase": 10000,
          "rotaryFactor": 1,
          "sharedAcrossLayers": false,
          "tiedEmbeddings": false,
          "topK": 2,
          "width": 64,
        },
        "objective": {
          "name": "pretrain",
          "options": {},
        },
        "parent": null,
        "router": {
          "name": "linear",
          "options": {},
        },
        "streams": {
          "router": 0,
        },
        "training": {
          "annealShare": 0,
          "averageLastShare": 0,
          "evaluateEvery": 100,
          "evaluationTokens": 16384,
          "finalLearningRateShare": 0.1,
          "learningRate": 0.003,
          "optimizer": {
            "beta1": 0.9,
            "beta2": 0.95,
            "clipNorm": 1,
            "decayEmbeddings": true,
            "decayNorms": true,
            "eps": 1e-8,
            "weightDecay": 0.1,
          },
          "routerEnd": 1,
          "routerJitter": 0,
          "routerLearningRateScale": 1,
          "routerStart": 0,
          "routerWeightDecay": null,
          "steps": 800,
          "warmupSteps": 80,
        },
      },
      "NOISE_DEFAULTS": {
        "share": 0.5,
        "std": 0.02,
      },
      "PARENT_DEFAULTS": {
        "keepRouter": false,
        "noise": null,
        "seed": null,
      },
      "judgement": {
        "margin": 0.003,
        "metric": "validation_loss_nats",
      },
    }
  `);
});

it("are within the ranges that the schema allows", () => {
  const domains = DEFAULTS.data.domains.map(({ name, weight, corpus }) => ({ name, weight, corpus }));
  const { error } = settings.safeParse({ ...DEFAULTS, data: { ...DEFAULTS.data, domains } });
  expect(error).toBeUndefined();
});

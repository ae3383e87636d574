import { describe, expect, it } from "vitest";
import { leavesOf, parsePath } from "../../src/config/paths.ts";
import { streamOf } from "../../src/core/streams.ts";
import { problemsOf } from "./fixtures.ts";

/**
 * Broken experiment files and all that is said about them. Each part stands on a line of its own: the head on line 1,
 * the base on line 2, the variants on line 3.
 */
function file(base: string, variants = '{"name": "a"}', head = '"seeds": 2'): string {
  return `{"name": "x", "baseline": "a", ${head},\n"base": ${base},\n"variants": [${variants}]}`;
}
/** An experiment with baseline `a` and another variant `b`. */
const beside = (variant: string): string => file("{}", `{"name": "a"},\n{"name": "b", ${variant}}`);
const head = (text: string): string => file("{}", '{"name": "a"}', `"seeds": 2,\n${text}`);

const NAME_RULE = 'must be letters, digits, "-", "_" and ".", starting with a letter or digit, at most 64';

const CASES: readonly (readonly [what: string, text: string, problems: readonly string[]])[] = [
  ["a list", "[]", ["x:1:1: an experiment is an object { }"]],
  ["null", "null", ["x:1:1: an experiment is an object { }"]],
  [
    "nothing in it",
    "{}",
    [
      "x:1:1: name: is missing; it must be text",
      "x:1:1: baseline: is missing; it must be text that is not empty",
      "x:1:1: variants: is missing; it must be a list of 1 to 200, each an object { }",
      'x:1:1: seeds: is missing; give the number of seeds, e.g. "seeds": 3',
    ],
  ],
  [
    "no variants",
    file("{}", ""),
    ["x:3:13: variants: must be a list of 1 to 200, each an object { }, found []"],
  ],
  ["a variant that is a number", file("{}", "3"), ["x:3:14: variants[0]: must be an object { }, found 3"]],
  [
    "a variant without name",
    file("{}", '{"label": "a"}'),
    ["x:3:14: variants[0].name: is missing; it must be text"],
  ],
  [
    "a name with blanks",
    file("{}", '{"name": "a"}, {"name": "a b", "varies": ["model.topK"], "model": {"topK": 3}}'),
    [`x:3:38: variants[1].name: ${NAME_RULE}, found "a b"`],
  ],
  [
    "a repeated key",
    file('{"model": {"topK": 1, "topK": 2}}'),
    ["x:2:31: base.model.topK: this key is written twice; remove one of them"],
  ],
  [
    "__proto__",
    file('{"__proto__": {"model": 1}}'),
    ["x:2:10: base.__proto__: this key is not allowed; remove it"],
  ],
  [
    "a misspelt section",
    file('{"modle": {}}'),
    ['x:2:10: base.modle: unknown key "modle"; did you mean "model"?'],
  ],
  [
    "a misspelt key",
    file('{"model": {"topk": 1}}'),
    ['x:2:20: base.model.topk: unknown key "topk"; did you mean "topK"?'],
  ],
  [
    "an unknown key",
    file('{"losses": {"gradient": 1}}'),
    [
      'x:2:21: base.losses.gradient: unknown key "gradient"; allowed: "balanceWeight", "zWeight", "balanceForm", "balanceScope", "balanceWindow", "biasStep"',
    ],
  ],
  [
    "a number in quotes",
    file('{"model": {"topK": "2"}}'),
    ['x:2:28: base.model.topK: must be an integer from 1 to 1024, found "2"'],
  ],
  [
    "a fraction",
    file('{"model": {"topK": 2.5}}'),
    ["x:2:28: base.model.topK: must be an integer from 1 to 1024, found 2.5"],
  ],
  [
    "an absurd width",
    file('{"model": {"width": 1e9}}'),
    ["x:2:29: base.model.width: must be an integer from 1 to 8192, found 1000000000"],
  ],
  [
    "a number beyond float64",
    file('{"model": {"width": 1e999}}'),
    ["x:2:29: base.model.width: must be an integer from 1 to 8192, found Infinity"],
  ],
  [
    "a negative weight",
    file('{"losses": {"zWeight": -0.1}}'),
    ["x:2:32: base.losses.zWeight: must be a number from 0 to 100, found -0.1"],
  ],
  [
    "a rate of zero",
    file('{"training": {"learningRate": 0}}'),
    ["x:2:39: base.training.learningRate: must be a number above 0 and at most 10, found 0"],
  ],
  [
    "null where a number or null may stand, and a word",
    file('{"training": {"optimizer": {"clipNorm": "no"}}}'),
    [
      'x:2:49: base.training.optimizer.clipNorm: must be a number above 0 and at most 1000000, or null, found "no"',
    ],
  ],
  [
    "yes for true",
    file('{"model": {"qkNorm": "yes"}}'),
    ['x:2:30: base.model.qkNorm: must be true or false, found "yes"'],
  ],
  [
    "a misspelt choice",
    file('{"model": {"init": {"distribution": "truncated_normal"}}}'),
    [
      'x:2:45: base.model.init.distribution: must be "normal" or "truncated-normal", found "truncated_normal"; did you mean "truncated-normal"?',
    ],
  ],
  ["a list for an object", file('{"model": []}'), ["x:2:19: base.model: must be an object { }, found []"]],
  ["null for the base", file("null"), ["x:2:9: base: must be an object { }, found null"]],
  [
    "top-k above experts",
    file('{"model": {"topK": 9}}'),
    ["x:2:28: base.model.topK: topK is 9, but there are only 8 experts; lower topK or add experts"],
  ],
  [
    "the same, written from the other side",
    file('{"model": {"experts": 1, "heads": 4}}'),
    ["x:2:31: base.model.experts: topK is 2, but there are only 1 experts; lower topK or add experts"],
  ],
  [
    "heads that do not divide",
    file('{"model": {"heads": 3}}'),
    ["x:2:29: base.model.heads: 3 heads do not divide the width 64; choose a divisor"],
  ],
  [
    "odd heads",
    file('{"model": {"width": 6, "heads": 2}}'),
    ["x:2:41: base.model.heads: the head size 6 / 2 = 3 is odd, but rotary positions need an even one"],
  ],
  [
    "a model for a cluster",
    file('{"model": {"experts": 1024, "expertWidth": 65536, "width": 8192}}'),
    [
      // 2 layers * (3 * 1024 * 8192 * 65536 + 4 * 8192^2)
      "x:2:52: base.model.expertWidth: the model would have about 3 299 071 754 240 parameters; moe-lab trains at most 2 000 000 000",
    ],
  ],
  [
    "a batch for a cluster",
    file('{"data": {"batchSequences": 65536}}'),
    ["x:2:37: base.data.batchSequences: a batch would have 4 194 304 tokens (65536 x 64); at most 1 048 576"],
  ],
  [
    "a warm-up as long as the training",
    file('{"training": {"warmupSteps": 800}}'),
    [
      "x:2:38: base.training.warmupSteps: the warm-up of 800 steps must be shorter than the training of 800 steps",
    ],
  ],
  [
    "dense layers alone",
    file('{"model": {"denseLayers": 2}}'),
    [
      "x:2:35: base.model.denseLayers: denseLayers is 2, but there are only 2 layers, and one must have experts; lower denseLayers or add layers",
    ],
  ],
  [
    "a latent space that is no narrower",
    file('{"model": {"latentWidth": 64}}'),
    [
      "x:2:35: base.model.latentWidth: latentWidth is 64, but the width is 64, so nothing would be narrower; lower latentWidth, or set it to 0 for experts at full width",
    ],
  ],
  [
    "an anneal that meets the warm-up",
    file('{"training": {"annealShare": 0.9}}'),
    [
      "x:2:38: base.training.annealShare: the warm-up of 80 steps and the anneal of 720 leave none of the 800 steps between them; shorten one",
    ],
  ],
  [
    "an anneal from nothing",
    file('{"training": {"annealShare": 0.1, "finalLearningRateShare": 0}}'),
    [
      "x:2:38: base.training.annealShare: annealShare is 0.1, but the cosine has ended at zero already (finalLearningRateShare 0); set one of the two to another value",
    ],
  ],
  [
    "a router that never learns",
    file('{"training": {"routerStart": 0.5, "routerEnd": 0.5}}'),
    [
      "x:2:38: base.training.routerStart: the router would learn in none of the 800 steps (from share 0.5 to 0.5); move one, or take a router that is frozen",
    ],
  ],
  [
    "a window of a form without shares",
    file('{"losses": {"balanceForm": "entropy", "balanceScope": "window"}}'),
    [
      'x:2:63: base.losses.balanceScope: balanceScope is "window", but the form "entropy" has no share of assignments to count over batches; take "switch", or another scope',
    ],
  ],
  [
    "a form of loads where every expert has all",
    file('{"losses": {"balanceForm": "importance-load"}, "model": {"topK": 8}}'),
    [
      'x:2:36: base.losses.balanceForm: balanceForm is "importance-load", but with topK 8 of 8 experts every load is the same; take another form',
    ],
  ],
  [
    "kinds of norm, filters, anneals and validation weights that do not exist",
    file(
      '{"model": {"norm": "layernorm", "localizedFiltering": "yes"}, "training": {"annealShare": 2}, "data": {"domains": [{"name": "fiction", "validationWeight": 0}]}}',
    ),
    [
      'x:2:28: base.model.norm: must be "rms" or "layer" or "layer-nonparametric", found "layernorm"',
      'x:2:63: base.model.localizedFiltering: must be true or false, found "yes"',
      "x:2:99: base.training.annealShare: must be a number from 0 to 1, found 2",
      "x:2:164: base.data.domains[0].validationWeight: must be a number above 0 and at most 1000000, or null, found 0",
    ],
  ],
  [
    "a training shorter than the default warm-up",
    file('{"training": {"steps": 50}}'),
    ["x:2:32: base.training.steps: the warm-up of 80 steps must be shorter than the training of 50 steps"],
  ],
  [
    "little validation",
    file('{"data": {"validationTokens": 1000}}'),
    ["x:2:39: base.data.validationTokens: evaluationTokens is 16384, more than the validationTokens, 1000"],
  ],
  [
    "no text left to train",
    file('{"data": {"validationShare": 0.5, "testShare": 0.5}}'),
    [
      "x:2:38: base.data.validationShare: validation and test take 0.5 + 0.5 of the text; together they must stay below 0.9",
    ],
  ],
  [
    "no domains",
    file('{"data": {"domains": []}}'),
    ["x:2:30: base.data.domains: must be a list of 1 to 100, each an object { }, found []"],
  ],
  [
    "a misspelt corpus",
    file('{"data": {"domains": [{"name": "ficton"}]}}'),
    [
      'x:2:40: base.data.domains[0].name: "ficton" is no shipped corpus ("fiction", "speeches", "dictionary", "code", "arithmetic", "countries", "rights", "scripts", "messages", "declarations", "compiler"), no synthetic task ("hidden-regimes", "header-rule", "token-rule", "recall", "rule-dial") and no task with instructions ("digits-easy", "digits-hard", "words-easy", "words-hard", "extraction", "sorting", "copying", "json-record"); give the domain "corpus" or "files"; did you mean "fiction"?',
    ],
  ],
  [
    "a domain without name",
    file('{"data": {"domains": [{"weight": 1}]}}'),
    ["x:2:31: base.data.domains[0].name: is missing; it must be text"],
  ],
  [
    "a domain without weight",
    file('{"data": {"domains": [{"name": "fiction", "weight": 0}]}}'),
    ["x:2:61: base.data.domains[0].weight: must be a number above 0 and at most 1000000, found 0"],
  ],
  [
    "a domain twice",
    file('{"data": {"domains": [{"name": "code"}, {"name": "code"}]}}'),
    ['x:2:58: base.data.domains[1].name: the domain name "code" is used twice; rename one'],
  ],
  [
    "files that are not there",
    file('{"data": {"domains": [{"name": "mine", "files": ["x.json", "no.txt"]}]}}'),
    ['x:2:68: base.data.domains[0].files[1]: "FOLDER/no.txt" does not exist; check the path'],
  ],
  [
    "a domain name that is no name",
    file('{"data": {"domains": [{"name": "a/b"}]}}'),
    [`x:2:40: base.data.domains[0].name: ${NAME_RULE}, found "a/b"`],
  ],
  [
    "a misspelt corpus of a named domain",
    file('{"data": {"domains": [{"name": "mine", "corpus": "codes"}]}}'),
    [
      'x:2:58: base.data.domains[0].corpus: must be "fiction" or "speeches" or "dictionary" or "code" or "arithmetic" or "countries" or "rights" or "scripts" or "messages" or "declarations" or "compiler" or "hidden-regimes" or "header-rule" or "token-rule" or "recall" or "rule-dial" or "digits-easy" or "digits-hard" or "words-easy" or "words-hard" or "extraction" or "sorting" or "copying" or "json-record", found "codes"; did you mean "code"?',
    ],
  ],
  [
    "two sources",
    file('{"data": {"domains": [{"name": "mine", "corpus": "code", "files": ["x.json"]}]}}'),
    ['x:2:75: base.data.domains[0].files: a domain has "corpus" or "files", not both; remove one'],
  ],
  [
    "a misspelt router",
    file('{"router": {"name": "linaer"}}'),
    [
      'x:2:29: base.router.name: there is no router "linaer"; did you mean "linear"? Routers: "linear", "attention", "hash", or the path of a module (./my-router.js)',
    ],
  ],
  [
    "wrong router options",
    file('{"router": {"options": {"renormalize": true, "frozen": "yes"}}}'),
    [
      'x:2:33: base.router.options.renormalize: unknown key "renormalize"; did you mean "renormalise"? (router "linear")',
      'x:2:64: base.router.options.frozen: must be true or false, found "yes" (router "linear")',
    ],
  ],
  [
    "a module where none can be loaded",
    file('{"router": {"name": "./mine.js"}}'),
    [
      "x:2:29: base.router.name: the router module \"FOLDER/mine.js\" can't be used: router modules can't be loaded here",
    ],
  ],
  [
    "k = 1 with renormalised gates",
    file('{"model": {"topK": 1}}'),
    ['x:2:28: base.model.topK: is 1 with renormalised gates (router "linear")'],
  ],
  [
    "a variant that changes nothing",
    file("{}", '{"name": "a"}, {"name": "b"}'),
    ['x:3:29: variants[b]: has the same settings as "a"; change something, or remove it'],
  ],
  [
    "a variant name twice",
    file("{}", '{"name": "a"}, {"name": "a"}'),
    ['x:3:38: variants[a].name: the name "a" is used twice; rename one'],
  ],
  [
    "an undeclared difference",
    beside('"model": {"topK": 3}'),
    [
      'x:4:33: variants[b].model.topK: differs from the base (2 -> 3), but "varies" does not list it; add "model.topK" to "varies", or undo it',
    ],
  ],
  [
    "a misspelt path in varies",
    beside('"varies": ["model.topk"], "model": {"topK": 3}'),
    [
      'x:4:26: variants[b].varies[0]: there is no setting "model.topk"; did you mean "model.topK"?',
      'x:4:59: variants[b].model.topK: differs from the base (2 -> 3), but "varies" does not list it; add "model.topK" to "varies", or undo it',
    ],
  ],
  [
    "a declared difference that is none",
    beside('"varies": ["model.topK", "model.heads"], "model": {"topK": 2, "heads": 4}'),
    [
      'x:4:26: variants[b].varies[0]: "model.topK" is the same as in the base; change it in the variant, or remove it here',
    ],
  ],
  [
    "an undeclared router",
    beside('"router": {"name": "attention"}'),
    [
      'x:4:25: variants[b].router: the router differs from the base (linear -> attention), but "varies" does not list it; add "router" to "varies", or undo it',
    ],
  ],
  [
    "the router's name declared, its options not",
    beside('"varies": ["router.name"], "router": {"name": "attention"}'),
    [
      'x:4:52: variants[b].router: the router differs from the base (linear -> attention), but "varies" does not list it; add "router" to "varies", or undo it',
    ],
  ],
  [
    "a misspelt choice of a router",
    beside('"varies": ["router"], "router": {"name": "attention", "options": {"initScale": "match_linear"}}'),
    [
      'x:4:94: variants[b].router.options.initScale: must be a number above 0, or "match-linear", found "match_linear"; did you mean "match-linear"? (router "attention")',
    ],
  ],
  [
    "options of the router before",
    beside('"varies": ["router"], "router": {"name": "hash", "options": {"frozen": true}}'),
    ['x:4:76: variants[b].router.options.frozen: unknown key "frozen" (router "hash")'],
  ],
  [
    "a base that is wrong for one variant only",
    file(
      '{"model": {"heads": 3}}',
      '{"name": "a"}, {"name": "b", "varies": ["model.heads"], "model": {"heads": 4}}',
    ),
    ['x:2:29: base.model.heads: 3 heads do not divide the width 64; choose a divisor (variant "a")'],
  ],
  [
    "a baseline that is not there",
    head('"baseline": "b"').replace('"baseline": "a", ', ""),
    ['x:2:13: baseline: there is no variant "b"; Variants: "a"'],
  ],
  [
    "a misspelt metric, margin and tier",
    head('"metric": "loss", "margin": "3", "tier": "quik"'),
    [
      'x:2:11: metric: must be "validation_loss_nats" or "causal_validation_loss_nats" or "validation_bits_per_byte", found "loss"',
      'x:2:29: margin: must be a percentage such as "0.3%", found "3"',
      'x:2:42: tier: must be "first" or "quick" or "standard" or "full", found "quik"; did you mean "quick"?',
    ],
  ],
  [
    "a margin of 30 %",
    head('"margin": 0.3'),
    ['x:2:11: margin: must be a number above 0 and at most 0.1, or a percentage such as "0.3%", found 0.3'],
  ],
  [
    "wrong controls",
    head('"controls": {"flor": "a", "dense": "a"}'),
    [
      'x:2:14: controls.flor: unknown key "flor"; did you mean "floor"?',
      "x:2:36: controls.dense: the baseline can't be its own control",
    ],
  ],
  [
    "no seeds",
    file("{}", undefined, '"title": "t"'),
    ['x:1:1: seeds: is missing; give the number of seeds, e.g. "seeds": 3'],
  ],
  [
    "seeds only in one tier",
    file("{}", undefined, '"tier": "quick", "tiers": {"quick": {"seeds": 3}, "full": {}}'),
    ["x:1:90: tiers.full.seeds: is missing: neither the file nor this tier gives a number of seeds"],
  ],
  [
    "zero seeds",
    file("{}", undefined, '"seeds": 0'),
    [
      "x:1:41: seeds: must be an integer from 1 to 1000, or a list of 1 to 1000, each an integer from 0 to 2147483647, found 0",
    ],
  ],
  [
    "a negative and a repeated seed",
    file("{}", undefined, '"seeds": [1, 2, -1]'),
    ["x:1:48: seeds[2]: must be an integer from 0 to 2147483647, found -1"],
  ],
  [
    "a repeated seed",
    file("{}", undefined, '"seeds": [1, 2, 1]'),
    ["x:1:48: seeds[2]: the seed 1 is repeated; remove it"],
  ],
  [
    "tiers without default",
    head('"tiers": {"quick": {"seeds": 1}}'),
    ['x:2:10: tiers: "tier" is missing: name the tier that runs by default ("quick")'],
  ],
  [
    "a default tier that is not there",
    head('"tier": "full", "tiers": {"quick": {"seeds": 1}}'),
    ['x:2:9: tier: the tier "full" is not defined; tiers: "quick"'],
  ],
  [
    "every tier, not only the default",
    head(
      '"tier": "quick", "tiers": {"quick": {}, "full": {"training": {"steps": 6}, "only": ["b"]}, "huge": {}}',
    ),
    [
      "x:2:72: tiers.full.training.steps: the warm-up of 80 steps must be shorter than the training of 6 steps",
      'x:2:85: tiers.full.only[0]: there is no variant "b"; Variants: "a"',
      'x:2:92: tiers.huge: unknown key "huge"; allowed: "first", "quick", "standard", "full"',
    ],
  ],
  [
    "a wrong grid",
    head(
      '"grid": {"training.learningrate": [1], "model.topK": [1, 1, 99999], "model.experts": [], "model.init": [1]}',
    ),
    [
      'x:2:10: grid["training.learningrate"]: unknown key "learningrate"; did you mean "learningRate"?',
      'x:2:58: grid["model.topK"][1]: 1 is repeated; remove it',
      'x:2:61: grid["model.topK"][2]: must be an integer from 1 to 1024, found 99999',
      'x:2:86: grid["model.experts"]: must be a list of 1 to 100, each a number, or text, or true or false, or null, or a list of at least 1, each an object { }, found []',
      'x:2:105: grid["model.init"][0]: must be an object { }, found 1',
    ],
  ],
  [
    "odd grid paths",
    head('"grid": {"": [1], "model.__proto__.x": [1], "constructor": [1]}'),
    [
      'x:2:15: grid[""][0]: must be an object { }, found 1',
      'x:2:19: grid["model.__proto__.x"]: the key "__proto__" is not allowed',
      'x:2:45: grid.constructor: unknown key "constructor"; allowed: "model", "router", "losses", "objective", "data", "training", "streams", "parent"',
    ],
  ],
  [
    "a grid value that does not fit",
    head('"grid": {"model.topK": [2, 9]}'),
    [
      'x:2:28: grid["model.topK"][1]: topK is 9, but there are only 8 experts; lower topK or add experts (variant "a, model.topK=9")',
    ],
  ],
  [
    "a grid over what a variant sets",
    file(
      "{}",
      '{"name": "a"}, {"name": "b", "varies": ["model.topK"], "model": {"topK": 3}}',
      '"seeds": 2, "grid": {"model.topK": [2, 4]}',
    ),
    [
      'x:3:29: variants[b]: has the same settings as "a, model.topK=2"; change something, or remove it',
      'x:3:29: variants[b]: has the same settings as "a, model.topK=4"; change something, or remove it',
      "x:3:87: variants[b].model.topK: the grid sets it already; remove it here or there",
    ],
  ],
  [
    "a refused value does not cause second complaints",
    file('{"model": {"topK": 9, "experts": "8"}}'),
    ['x:2:42: base.model.experts: must be an integer from 1 to 1024, found "8"'],
  ],
  [
    "a misspelt key does not cause second complaints",
    file('{"model": {"topK": 9, "expert": 16}}'),
    ['x:2:31: base.model.expert: unknown key "expert"; did you mean "experts"?'],
  ],
  [
    "everything at once",
    file(
      '{"model": {"heads": 3, "topK": 0}, "trainin": 1, "losses": {"balanceWeight": "a"}}',
      '{"name": "a"}, {"name": "b", "varies": ["model.width"], "router": {"name": "hsh"}}',
      '"seed": 2',
    ),
    [
      'x:1:1: seeds: is missing; give the number of seeds, e.g. "seeds": 3',
      'x:1:32: seed: unknown key "seed"; did you mean "seeds"?',
      "x:2:29: base.model.heads: 3 heads do not divide the width 64; choose a divisor",
      "x:2:40: base.model.topK: must be an integer from 1 to 1024, found 0",
      'x:2:44: base.trainin: unknown key "trainin"; did you mean "training"?',
      'x:2:86: base.losses.balanceWeight: must be a number from 0 to 100, found "a"',
      'x:3:54: variants[b].varies[0]: "model.width" is the same as in the base; change it in the variant, or remove it here',
      'x:3:89: variants[b].router.name: there is no router "hsh"; did you mean "hash"? Routers: "linear", "attention", "hash", or the path of a module (./my-router.js)',
    ],
  ],
];

describe("a broken experiment file", () => {
  it.each(CASES)("with %s", async (_, text, problems) => {
    expect(await problemsOf(text)).toEqual(problems);
  });
});

/** A whole experiment; problemsOf throws whatever is no InputError, so a bug fails these tests. */
const WHOLE = {
  name: "x",
  base: {
    model: { topK: 2 },
    data: { domains: [{ name: "code", weight: 2 }] },
    training: { optimizer: { eps: 1e-8 } },
  },
  seeds: [1, 2],
  baseline: "a",
  controls: { floor: "b" },
  margin: "1%",
  tier: "quick",
  tiers: { quick: { only: ["b"], losses: { zWeight: 0.1 } } },
  grid: { "training.learningRate": [0.001, 0.01] },
  variants: [
    { name: "a" },
    { name: "b", varies: ["router"], router: { name: "attention", options: { temperature: 2 } } },
  ],
};

describe("any damage", () => {
  const stand = [null, true, -1, 1e9, "", "x", [], [null], {}, { name: 3 }];

  it("to a value is refused, or harmless, never a crash", async () => {
    expect(await problemsOf(JSON.stringify(WHOLE))).toEqual([]);
    const leaves = [...leavesOf({ ...WHOLE, grid: 0 }).keys()].map(parsePath);
    const places: (readonly (string | number)[])[] = [
      ...leaves,
      ...["base", "controls", "tiers", "grid"].map((section) => [section]),
      ["base", "model"],
      ["base", "data", "domains", 0],
      ["base", "data", "domains", 0, "name"],
      ["tiers", "quick"],
      ["tiers", "quick", "only", 0],
      ["grid", "training.learningRate"],
      ["grid", "training.learningRate", 0],
      ["variants", 0],
      ["variants", 1, "name"],
      ["variants", 1, "varies"],
      ["variants", 1, "router"],
      ["variants", 1, "router", "name"],
      ["variants", 1, "router", "options"],
    ];
    let refused = 0;
    for (const path of places) {
      for (const value of stand) {
        const problems = await problemsOf(JSON.stringify(replaced(WHOLE, path, value)));
        if (problems.length > 0) refused += 1;
        for (const problem of problems) expect(problem).toMatch(/^x:\d+:\d+: .*\w/);
      }
    }
    // Few of the stand-ins are allowed anywhere: empty objects for sections, and a word where words are free.
    expect(refused).toBeGreaterThan(0.8 * places.length * stand.length);
  });

  it("to the text is refused, or harmless, never a crash", async () => {
    const text = JSON.stringify(WHOLE, null, 1);
    const stream = streamOf(1, "damage");
    const letters = '{}[]:,"\\/*-e.1x\n\u0000\ud800';
    let refused = 0;
    for (let i = 0; i < 300; i++) {
      const [from, length] = [stream.integer(text.length), stream.integer(4)];
      const damaged =
        text.slice(0, from) + letters.charAt(stream.integer(letters.length)) + text.slice(from + length);
      if ((await problemsOf(damaged)).length > 0) refused += 1;
    }
    expect(refused).toBeGreaterThan(200);
  });
});

/** A copy with another value at a path. */
function replaced(value: unknown, path: readonly (string | number)[], stand: unknown): unknown {
  const [first, ...rest] = path;
  if (first === undefined) return stand;
  if (Array.isArray(value))
    return value.map((item, index) => (index === first ? replaced(item, rest, stand) : item) as unknown);
  const fields = value as Readonly<Record<string, unknown>>;
  return { ...fields, [first]: replaced(fields[first], rest, stand) };
}

import { tf } from "../../engine/tf.ts";
import { defineRouter } from "../../model/router.ts";
import { disjointExperts, fixedRouting, needsSeveralExperts } from "../shared/common.ts";

/** Labels are bytes. */
const LABELS = 256;

/**
 * Routes by what the data knows of a token: the rule of a synthetic task, the domain of a text. With G = floor(E / K) groups of
 * experts that share none, label l has experts K * (l mod G) + k, gates 1/K. What routing can be worth where the right one is known; no language model has
 * labels, so its loss is nobody's but an upper bound's.
 */
export default defineRouter({
  name: "oracle",
  paper: "GT-Modular in Mittal et al., arXiv 2206.02713",
  summary: "Told the rule or domain of every token: a bound for routers, no language model.",
  problems: (_, model) => needsSeveralExperts("oracle", model),
  causal: true,
  tokenwise: true,
  wantsBalanceLoss: false,
  seesLabels: true,
  flopsPerToken: () => 0,
  route: ({ labels }, { E, K }) => {
    if (labels === undefined) throw new Error("the oracle router needs labels, but was given none");
    const table = Array.from({ length: LABELS }, (_, label) => disjointExperts(label, E, K)).flat();
    return fixedRouting(tf.gather(tf.tensor2d(table, [LABELS, K], "int32"), labels));
  },
});

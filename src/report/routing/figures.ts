import { domainFigure, coActivationFigure, flowFigure } from "./expert-figures.ts";
import { GRADIENT_UNIT } from "../../analysis/routing/measures.ts";
import { OWN } from "../../analysis/routing/own-measures.ts";
import { throughTraining, vocabularyFigure, standingFigure } from "./line-figures.ts";
import { needleFigure } from "./needle-figure.ts";
import { slug, type RoutingToDraw, type RoutingFigure } from "./routing-figure.ts";

/** More variants than this make no picture of their experts; their numbers are in the tables. */
const MOST_VARIANTS = 12;

const AT_LOAD = { most: 1, hasEnd: false, dashed: "chance, which is above k / E where loads are uneven" };

const GRADIENT_OF = {
  router_gradient: "the router's parameters",
  expert_gradient_p50: "the median expert's parameters",
} as const;

/** What routers declare of themselves, a figure each. */
function ownFigures(drawn: RoutingToDraw): readonly (RoutingFigure | null)[] {
  const own = new Map(
    drawn.summary.filter(({ measure }) => measure.startsWith(OWN)).map((row) => [row.measure, row] as const),
  );
  return [...own].map(([measure, { unit = "", chance }]) => {
    const words = measure.slice(OWN.length).replaceAll("_", " ");
    return throughTraining(drawn, {
      ...{ name: slug(measure.replace(".", "-")), measure, hasEnd: true },
      ...{ most: unit.startsWith("share") ? 1 : null, dashed: chance === null ? "" : "chance" },
      title: `${words}, ${unit}`,
      about: `What the router says of its own tokens: ${words} (${unit}), mean over tokens`,
    });
  });
}

/** Every figure that an analysis has numbers for. */
export function routingFigures(drawn: RoutingToDraw): readonly RoutingFigure[] {
  const variants = [...new Set(drawn.analysis.experts.map(({ variant }) => variant))].slice(0, MOST_VARIANTS);
  return [
    throughTraining(drawn, {
      ...{ name: "saturation", measure: "saturation_topk", ...AT_LOAD },
      title: "experts that a token has at the end already, share",
      about:
        "Router saturation: the share of a token's experts at the end of training that it has already (OLMoE, section 5.1)",
    }),
    throughTraining(drawn, {
      ...{ name: "saturation-top1", measure: "saturation_top1", ...AT_LOAD },
      title: "tokens whose first expert is that of the end, share",
      about:
        "Router saturation of the first expert: the share of tokens whose expert of largest weight is that of the end of training (OLMoE, section 5.1)",
    }),
    throughTraining(drawn, {
      ...{ name: "load-through-training", measure: "load_max_violation" },
      ...{ most: null, hasEnd: true, dashed: "the even load" },
      title: "busiest expert's load over the even load, less 1",
      about:
        "Load through training: how far the busiest expert of a layer is above the even load (MaxVio; 0 is even)",
    }),
    ...(["router_gradient", "expert_gradient_p50"] as const).map((measure) =>
      throughTraining(drawn, {
        ...{
          name: measure.replace("_p50", "").replace("_", "-"),
          measure,
          most: null,
          hasEnd: true,
          dashed: "",
        },
        title: `gradient norm of ${GRADIENT_OF[measure]}`,
        about: `Norm of the gradient of ${GRADIENT_OF[measure]}, in ${GRADIENT_UNIT}, as in a training step at these weights; mean over 8 batches`,
      }),
    ),
    ...ownFigures(drawn),
    vocabularyFigure(drawn),
    standingFigure(drawn),
    ...variants.map((variant) => needleFigure(drawn, variant)),
    ...variants.flatMap((variant) => [
      domainFigure(drawn, variant),
      coActivationFigure(drawn, variant),
      flowFigure(drawn, variant),
    ]),
  ].flatMap((figure) => figure ?? []);
}

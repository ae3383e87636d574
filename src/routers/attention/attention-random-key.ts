import { defineRouter } from "../../model/router.ts";
import attention from "./attention.ts";

/**
 * A control for the attention router (its authors never ran it): the key matrix W' keeps its random initialisation for ever.
 * Everything else, options included, is the attention router's.
 */
export default defineRouter({
  ...attention,
  name: "attention-random-key",
  paper: "control for Yuan 2.0-M32, arXiv 2405.17976, section 3",
  summary: "The attention router with keys that are never trained: a control.",
  parameters: (sizes, options) =>
    Object.fromEntries(
      Object.entries(attention.parameters(sizes, options)).map(([name, spec]) => [
        name,
        { ...spec, trained: name !== "key" },
      ]),
    ),
});

// Writes schema/experiment.schema.json from the compiled sources. Run `npm run build` first.
import { writeFileSync } from "node:fs";
import prettier from "prettier";
import { experimentJsonSchema } from "../dist/config/json-schema.js";
import { shippedRouters } from "../dist/routers/index.js";

const file = new URL("../schema/experiment.schema.json", import.meta.url);
const text = JSON.stringify(experimentJsonSchema(shippedRouters));
const options = await prettier.resolveConfig(file);
writeFileSync(file, await prettier.format(text, { ...options, parser: "json" }));

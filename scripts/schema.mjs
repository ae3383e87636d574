// Writes the files of schema/ from the compiled sources. Run `npm run build` first.
import { writeFileSync } from "node:fs";
import prettier from "prettier";
import { experimentJsonSchema } from "../dist/config/json-schema.js";
import { shippedRouters } from "../dist/routers/index.js";
import { routingJsonSchemas } from "../dist/store/routing-files/format.js";

const schemas = {
  "experiment.schema.json": experimentJsonSchema(shippedRouters),
  ...routingJsonSchemas(),
};
for (const [name, schema] of Object.entries(schemas)) {
  const file = new URL(`../schema/${name}`, import.meta.url);
  const options = await prettier.resolveConfig(file);
  writeFileSync(file, await prettier.format(JSON.stringify(schema), { ...options, parser: "json" }));
}

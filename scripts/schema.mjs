// Writes the files of schema/ from the compiled sources. Run `npm run build` first.
import { writeFileSync } from "node:fs";
import { experimentJsonSchema } from "../dist/config/json-schema.js";
import { shippedRouters } from "../dist/routers/index.js";
import { routingJsonSchemas } from "../dist/store/routing-files/format.js";

const schemas = {
  "experiment.schema.json": experimentJsonSchema(shippedRouters),
  ...routingJsonSchemas(),
};
// In one line, since editors read them and people don't: half as much of the package.
for (const [name, schema] of Object.entries(schemas)) {
  writeFileSync(new URL(`../schema/${name}`, import.meta.url), `${JSON.stringify(schema)}\n`);
}

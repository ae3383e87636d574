import { readFileSync } from "node:fs";
import { describe, expect, it } from "vitest";
import { experimentJsonSchema } from "../../src/config/json-schema.ts";
import { valueAt } from "../../src/config/paths.ts";
import { shippedRouters } from "../../src/routers/index.ts";
import { fakeRouters } from "./fixtures.ts";

describe("the JSON Schema of experiment files", () => {
  const schema: unknown = JSON.parse(JSON.stringify(experimentJsonSchema(fakeRouters)));
  const at = (...path: (string | number)[]): unknown => valueAt(schema, path);

  it("is the committed one (node scripts/schema.mjs writes it)", () => {
    const committed: unknown = JSON.parse(
      readFileSync(new URL("../../schema/experiment.schema.json", import.meta.url), "utf8"),
    );
    expect(committed).toEqual(JSON.parse(JSON.stringify(experimentJsonSchema(shippedRouters))));
  });

  it("is strict draft 7", () => {
    expect(at("$schema")).toBe("http://json-schema.org/draft-07/schema#");
    expect(at("required")).toEqual(["name", "baseline", "variants"]);
    expect(at("additionalProperties")).toBe(false);
  });

  it("has ranges, descriptions, and defaults in the base alone", () => {
    const topK = { description: "K, experts that process one token; at most experts.", type: "integer" };
    expect(at("properties", "base", "properties", "model", "properties", "topK")).toEqual({
      ...topK,
      minimum: 1,
      maximum: 1024,
      default: 2,
    });
    expect(at("definitions", "model", "properties", "topK")).toEqual({ ...topK, minimum: 1, maximum: 1024 });
    expect(at("properties", "variants", "items", "properties", "model")).toEqual({
      $ref: "#/definitions/model",
    });
    expect(at("properties", "tiers", "properties", "quick", "properties", "data")).toEqual({
      $ref: "#/definitions/data",
    });
    expect(at("properties", "metric", "default")).toBe("validation_loss_nats");
  });

  it("knows each router's options", () => {
    expect(at("definitions", "router", "anyOf", 0, "properties", "name", "anyOf", 0)).toEqual({
      type: "string",
      enum: ["linear", "attention", "hash"],
    });
    expect(at("definitions", "routerOptions", "allOf", 0)).toEqual({
      if: { properties: { name: { const: "linear" } }, required: ["name"] },
      then: {
        properties: {
          options: {
            type: "object",
            properties: {
              renormalise: { default: true, type: "boolean" },
              frozen: { default: false, type: "boolean" },
            },
            additionalProperties: false,
          },
        },
      },
    });
  });

  it("refers only to what it defines", () => {
    const references = [...JSON.stringify(schema).matchAll(/"\$ref":"#\/definitions\/(\w+)"/g)].map(
      ([, name]) => name,
    );
    expect(references.length).toBeGreaterThan(20);
    for (const name of references) expect(at("definitions", name ?? "")).toBeDefined();
  });
});

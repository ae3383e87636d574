import { z } from "zod";

/**
 * Files of routing that was counted, or recorded, by another program (docs/analyze.md): counts a layer, domain and expert in one JSON value, or
 * chosen experts a token as JSON lines. Both have a CSV form with the same fields.
 */

const MOST_EXPERTS = 65_535;
const count = z.int().min(0);
const layer = count.describe("Number of the layer in the model, from 0.");
const experts = z.int().min(2).max(MOST_EXPERTS).describe("E, routed experts of a layer.");

/** A file of counts. */
export const countsSchema = z.strictObject({
  format: z.literal(1),
  experts,
  layers: z
    .array(
      z.strictObject({
        layer,
        domains: z
          .array(
            z.strictObject({
              domain: z.string().min(1),
              tokens: z.int().min(1).describe("Tokens of the domain that were looked at."),
              counts: z
                .array(count)
                .describe("E numbers: tokens of the domain that were sent to each expert."),
            }),
          )
          .min(1),
      }),
    )
    .min(1),
});

/** First line of a file of chosen experts. */
export const chosenHeaderSchema = z.strictObject({
  format: z.literal(1),
  experts,
  layers: z.array(layer).min(1).describe("The layers that every line has experts of, ascending."),
  expertsPerToken: z
    .int()
    .min(1)
    .optional()
    .describe("k, where every token has as many; lines with more or fewer are refused."),
});

const id = z
  .int()
  .min(0)
  .max(2 ** 31 - 1);

/** Every other line: one token. */
const chosenTokenSchema = z.strictObject({
  experts: z
    .array(z.array(count))
    .describe("One list a layer: the token's experts in that layer, from 0, the largest weight first."),
  domain: z.string().min(1).optional(),
  input: id.optional().describe("Id of the token."),
  predicted: id.optional().describe("Id that the model thinks most probable next."),
  next: id.optional().describe("Id that came next."),
});

/** JSON Schemas of the two formats, by file name. */
export function routingJsonSchemas(): Readonly<Record<string, unknown>> {
  const draft = { target: "draft-7" } as const;
  return {
    "routing-counts.schema.json": {
      ...z.toJSONSchema(countsSchema, draft),
      title: "Routing counts for moe-lab analyze --counts",
    },
    "routing-chosen.schema.json": {
      $schema: "http://json-schema.org/draft-07/schema#",
      title:
        "One line of a file of chosen experts for moe-lab analyze --chosen: the first is the header, every other a token",
      oneOf: [chosenHeaderSchema, chosenTokenSchema].map((schema) => z.toJSONSchema(schema, draft)),
    },
  };
}

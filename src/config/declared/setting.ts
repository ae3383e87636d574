import { z } from "zod";
import { NAME_PATTERN } from "../paths.ts";

/**
 * How a setting is declared: once, in a file of this folder, with its type, range, default and description. Everything else
 * that speaks of settings is made from that: what a file may write (`z.input`), resolved settings (`z.output`), defaults,
 * the JSON Schema, the table of docs/experiments.md, the shape of stored results, and which settings old runs lack.
 */

/** A whole number in a range, both ends included. */
export function integer(least: number, most: number): z.ZodInt {
  return z.int().min(least).max(most);
}

/** A number in a range, both ends included. */
export function number(least: number, most: number): z.ZodNumber {
  return z.number().min(least).max(most);
}

/** A number above zero, up to a maximum. */
export function positive(most: number): z.ZodNumber {
  return z.number().gt(0).max(most);
}

/** A seed or a salt of random streams. */
export function salt(): z.ZodInt {
  return integer(0, 2 ** 31 - 1);
}

/** What experiments, variants and domains may be called. */
export function name(): z.ZodString {
  return z
    .string()
    .regex(
      NAME_PATTERN,
      'must be letters, digits, "-", "_" and ".", starting with a letter or digit, at most 64',
    );
}

/** A line of text for people. */
export function text(): z.ZodString {
  return z.string().min(1).max(300);
}

/** A setting: what it may be, what it is when nobody writes it, and what it is for (a sentence for editors and docs). */
export function setting<T extends z.ZodType>(
  type: T,
  value: Parameters<typeof z._default<T>>[1],
  what: string,
): z.ZodDefault<T> {
  return z._default(type, value).describe(what);
}

/** Values at which settings do nothing, of those that are younger than runs that somebody may have kept. */
const neutral = z.registry<{ readonly value: unknown }>();

/**
 * A setting that is younger than runs that somebody may have kept. Those runs lack it and stay found: at this value a run
 * computes what it did before there was the setting, so its id leaves it out (store/identity.ts), and results without it
 * are read as having it.
 */
export function younger<T extends z.ZodType>(setting: T, value: z.output<T>): T {
  neutral.add(setting, { value });
  return setting;
}

/**
 * Neutral values of younger settings, by dotted path. `[]` stands for each item of a list. A parent's settings are those of
 * a run, under the same paths.
 */
export function neutralValues(schema: z.ZodType, path = ""): Readonly<Record<string, unknown>> {
  const own = neutral.get(schema);
  if (own !== undefined) return { [path]: own.value };
  if (isWrapper(schema)) return neutralValues(schema.unwrap() as z.ZodType, path);
  if (schema instanceof z.ZodArray) return neutralValues(schema.element as z.ZodType, `${path}[]`);
  const fields = fieldsOf(schema).map(([key, field]) => {
    return neutralValues(field, path === "" ? key : `${path}.${key}`);
  });
  return Object.assign({}, ...fields) as Record<string, unknown>;
}

/**
 * The form in which settings stand in files of results: nothing is left to a default, which may change, and only younger
 * settings may be absent. What a later version wrote beside is left out.
 */
export function storedForm<T extends z.ZodType>(schema: T): z.ZodType<z.output<T>> {
  return (neutral.get(schema) ? withNeutral(schema) : withoutDefault(schema)) as z.ZodType<z.output<T>>;
}

function withNeutral(schema: z.ZodType): z.ZodType {
  return withoutDefault(schema).default(neutral.get(schema)?.value);
}

function withoutDefault(schema: z.ZodType): z.ZodType {
  if (schema instanceof z.ZodNullable) return storedForm(schema.unwrap() as z.ZodType).nullable();
  if (isWrapper(schema)) return storedForm(schema.unwrap() as z.ZodType);
  if (schema instanceof z.ZodArray) return z.array(storedForm(schema.element as z.ZodType));
  if (!(schema instanceof z.ZodObject)) return schema;
  return z.object(Object.fromEntries(fieldsOf(schema).map(([key, field]) => [key, storedForm(field)])));
}

function isWrapper(schema: z.ZodType): schema is z.ZodDefault | z.ZodPrefault | z.ZodNullable {
  return schema instanceof z.ZodDefault || schema instanceof z.ZodPrefault || schema instanceof z.ZodNullable;
}

function fieldsOf(schema: z.ZodType): readonly (readonly [string, z.ZodType])[] {
  return schema instanceof z.ZodObject ? (Object.entries(schema.shape) as [string, z.ZodType][]) : [];
}

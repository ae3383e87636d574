import { readFileSync, statSync } from "node:fs";
import { createScanner, parseTree, printParseErrorCode, type Node, type ParseError } from "jsonc-parser";
import { InputError, messageOf, type Problem } from "../core/errors.ts";
import { systemSentence } from "../core/system-errors.ts";
import { dotted, NAME_PATTERN, valueAt, type Segments } from "./paths.ts";
import { visible } from "./suggest.ts";

/** An experiment file as text, value and places. */
export interface Source {
  /** The path as the user gave it. */
  readonly file: string;
  /** Plain JSON value; of a repeated key the last one. */
  readonly value: unknown;
  /** Repeated and forbidden keys. */
  readonly problems: readonly Problem[];
  /** `file:line:column` of the value, or of its key; undefined where nothing is written. */
  readonly place: (path: Segments, at?: "key" | "value") => string | undefined;
}

const MAX_BYTES = 4 * 1024 * 1024;
const MAX_DEPTH = 100;

const SYNTAX: Readonly<Record<string, string>> = {
  InvalidSymbol: "is no JSON value; text needs double quotes",
  InvalidNumberFormat: "is no JSON number",
  PropertyNameExpected: 'a key in double quotes or "}" is expected here',
  ValueExpected: "a value is expected here",
  ColonExpected: 'a ":" is expected here',
  CommaExpected: 'a "," is expected here',
  CloseBraceExpected: 'a "}" is missing',
  CloseBracketExpected: 'a "]" is missing',
  EndOfFileExpected: "the file should end here",
  InvalidCommentToken: "is no comment; use // or /* */",
  UnexpectedEndOfComment: "the comment does not end; close it with */",
  UnexpectedEndOfString: "the text does not end on this line; close it with a double quote",
  UnexpectedEndOfNumber: "the number is not complete",
  InvalidUnicode: "\\u needs four hexadecimal digits",
  InvalidEscapeCharacter: "no such escape; write a backslash as \\\\",
  InvalidCharacter: "a control character must be escaped",
};

/**
 * Reads a JSON file with comments.
 * @throws InputError when it can't be read, is no UTF-8, or is no JSON.
 */
export function readSource(file: string): Source {
  const refuse = (message: string): InputError => new InputError([{ where: file, path: "", message }]);
  let bytes: Uint8Array;
  try {
    const stats = statSync(file);
    if (stats.isDirectory()) throw refuse("is a folder; name the experiment's JSON file");
    if (!stats.isFile()) throw refuse("is no file but a device or pipe; name the experiment's JSON file");
    if (stats.size > MAX_BYTES) {
      throw refuse(`has ${stats.size} bytes; an experiment file has at most ${MAX_BYTES}`);
    }
    bytes = readFileSync(file);
  } catch (error) {
    if (error instanceof InputError) throw error;
    const missing = error instanceof Error && "code" in error && error.code === "ENOENT";
    throw refuse(
      missing
        ? "does not exist; check the path"
        : `can't be read: ${systemSentence(error) ?? messageOf(error)}`,
    );
  }
  let text: string;
  try {
    text = new TextDecoder("utf-8", { fatal: true }).decode(bytes);
  } catch {
    throw refuse("is not UTF-8 text; save it as UTF-8");
  }
  return parseSource(file, text);
}

/**
 * Parses JSON with comments and trailing commas.
 * @throws InputError with line and column of the first syntax error.
 */
export function parseSource(file: string, text: string): Source {
  const position = positionsOf(file, text);
  const refuse = (offset: number, message: string): InputError => {
    return new InputError([{ where: position(offset), path: "", message }]);
  };
  if (text.trim() === "")
    throw refuse(0, "the file is empty; docs/experiments.md has a short experiment to start from");
  const tooDeep = offsetBeyondDepth(text);
  if (tooDeep !== undefined) throw refuse(tooDeep, `more than ${MAX_DEPTH} brackets are open here`);
  const errors: ParseError[] = [];
  const root = parseTree(text, errors, { allowTrailingComma: true });
  const [first] = errors;
  // Later errors are mostly consequences of the first.
  if (first !== undefined) {
    const sentence = SYNTAX[printParseErrorCode(first.error)] ?? "is no JSON";
    const found = text.slice(first.offset, first.offset + first.length);
    throw refuse(first.offset, `${sentence}${found === "" ? "" : `, found ${visible(found)}`}`);
  }
  if (root === undefined) throw refuse(0, "the file has no value");
  return sourceOf(file, root, position);
}

/** Turns the tree into plain values and remembers where each stands. */
function sourceOf(file: string, root: Node, position: (offset: number) => string): Source {
  const places = new Map<string, { readonly key: number; readonly value: number }>();
  const refused: { readonly offset: number; readonly path: Segments; readonly message: string }[] = [];
  const read = (node: Node, path: Segments, key: number): unknown => {
    places.set(JSON.stringify(path), { key, value: node.offset });
    if (node.type === "array") {
      return (node.children ?? []).map((item, index) => read(item, [...path, index], item.offset));
    }
    if (node.type !== "object") return node.value as unknown;
    const fields = new Map<string, unknown>();
    for (const { children } of node.children ?? []) {
      const [keyNode, valueNode] = children ?? [];
      if (keyNode === undefined || valueNode === undefined) continue;
      const name = String(keyNode.value);
      const refuse = (message: string): void => {
        refused.push({ offset: keyNode.offset, path: [...path, name], message });
      };
      if (name === "__proto__") {
        refuse("this key is not allowed; remove it");
        continue;
      }
      if (fields.has(name)) refuse("this key is written twice; remove one of them");
      fields.set(name, read(valueNode, [...path, name], keyNode.offset));
    }
    return Object.fromEntries(fields);
  };
  const value = read(root, [], root.offset);
  return {
    file,
    value,
    problems: refused.map(({ offset, path, message }) => {
      return { where: position(offset), path: filePath(value, path), message };
    }),
    place: (path, at = "value") => {
      const found = places.get(JSON.stringify(path));
      return found === undefined ? undefined : position(found[at]);
    },
  };
}

/** `file:line:column` of an offset, both from 1. */
function positionsOf(file: string, text: string): (offset: number) => string {
  return (offset) => {
    const before = text.slice(0, offset).split(/\r\n|\r|\n/);
    return `${file}:${before.length}:${(before.at(-1)?.length ?? 0) + 1}`;
  };
}

/** Where the nesting passes MAX_DEPTH. The parser is recursive, so this must be known before it starts. */
function offsetBeyondDepth(text: string): number | undefined {
  const scanner = createScanner(text, true);
  let depth = 0;
  while (scanner.getPosition() < text.length) {
    scanner.scan();
    const offset = scanner.getTokenOffset();
    const character = text.charAt(offset);
    if (character === "{" || character === "[") depth += 1;
    if (character === "}" || character === "]") depth -= 1;
    if (depth > MAX_DEPTH) return offset;
  }
  return undefined;
}

/** The names of a file's variants or stages as they are written; undefined where there is no usable one. */
function writtenNames(root: unknown, list: string): readonly (string | undefined)[] {
  const entries = valueAt(root, [list]);
  if (!Array.isArray(entries)) return [];
  return entries.map((entry: unknown) => {
    const name = valueAt(entry, ["name"]);
    return typeof name === "string" && NAME_PATTERN.test(name) ? name : undefined;
  });
}

/** A path of the file as a person would say it: `variants[attention].model.topK`. */
export function filePath(root: unknown, path: Segments): string {
  const [first, second, ...rest] = path;
  if ((first !== "variants" && first !== "stages") || typeof second !== "number") return dotted(path);
  const entry = `${first}[${writtenNames(root, first)[second] ?? second}]`;
  return rest.length === 0 ? entry : `${entry}.${dotted(rest)}`;
}

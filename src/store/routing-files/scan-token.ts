import type { z } from "zod";
import { ID_KINDS } from "../../records/decisions.ts";
import type { chosenHeaderSchema } from "./format.ts";
import type { RawLine } from "./lines.ts";

/** A token that is right in itself; the next one that is scanned overwrites it. */
export interface ScannedToken {
  /** Experts of all layers, one layer behind the other. */
  readonly experts: Uint16Array;
  /** [layers], where a layer's experts end. */
  readonly ends: Uint32Array;
  readonly domain: string | null;
  /** In the order of ID_KINDS; -1 where there is none. */
  readonly ids: Int32Array;
}

const SPACE = 0x20;
const QUOTE = 0x22;
const COMMA = 0x2c;
const ZERO = 0x30;
const COLON = 0x3a;
const OPEN_LIST = 0x5b;
const BACKSLASH = 0x5c;
const CLOSE_LIST = 0x5d;
const OPEN = 0x7b;
const CLOSE = 0x7d;
const TILDE = 0x7e;
const CARRIAGE_RETURN = 0x0d;
const MOST_ID = 2 ** 31 - 1;
/** More is left to the other way: there is room for every expert of every layer. */
const MOST_ROOM = 1 << 22;

const EXPERTS = bytesOf("experts");
const DOMAIN = bytesOf("domain");
const IDS = ID_KINDS.map(bytesOf);

function bytesOf(key: string): Uint8Array {
  return Uint8Array.from(`"${key}"`, (letter) => letter.charCodeAt(0));
}

/**
 * A reader of lines of JSON as programs write them: known keys once each, spaces as the only white space, texts of plain ASCII, whole numbers without
 * sign, fraction or exponent. It builds no objects, and so is twice as fast as JSON.parse and the checks behind it
 * (bench/routing-files.mjs).
 * @returns null for every other line, and for every line with anything wrong: the other way reads it, or says what is wrong.
 */
export function tokenScanner(
  header: z.output<typeof chosenHeaderSchema>,
): (line: RawLine) => ScannedToken | null {
  if (header.layers.length * header.experts > MOST_ROOM) return () => null;
  const scanner = new TokenScanner(header.experts, header.layers.length, header.expertsPerToken ?? null);
  return (line) => (scanner.scan(line) ? scanner : null);
}

class TokenScanner implements ScannedToken {
  readonly experts: Uint16Array;
  readonly ends: Uint32Array;
  readonly ids = new Int32Array(ID_KINDS.length);
  domain: string | null = null;
  private hasExperts = false;
  private bytes: Uint8Array = new Uint8Array(0);
  private at = 0;
  private end = 0;
  /** [E], the list in which an expert stood last. */
  private readonly seenIn: Float64Array;
  private list = 0;
  /** The domain of the line before, which is mostly that of this one. */
  private lastDomain = "";

  private readonly E: number;
  private readonly layers: number;
  /** Experts of every list; null where they may differ. */
  private readonly k: number | null;

  constructor(E: number, layers: number, k: number | null) {
    [this.E, this.layers, this.k] = [E, layers, k];
    this.experts = new Uint16Array(layers * E);
    this.ends = new Uint32Array(layers);
    this.seenIn = new Float64Array(E);
  }

  /** @returns whether the line is a token as described, and right. */
  scan(line: RawLine): boolean {
    [this.bytes, this.at, this.end] = [line.bytes, line.start, line.end];
    if (this.end > this.at && this.bytes[this.end - 1] === CARRIAGE_RETURN) this.end -= 1;
    this.domain = null;
    this.hasExperts = false;
    this.ids.fill(-1);
    if (!this.take(OPEN)) return false;
    do {
      if (!this.field()) return false;
    } while (this.take(COMMA));
    return this.take(CLOSE) && this.isAtEnd() && this.hasExperts;
  }

  private field(): boolean {
    if (this.takeKey(EXPERTS)) return !this.hasExperts && (this.hasExperts = this.takeExperts());
    if (this.takeKey(DOMAIN)) return this.domain === null && this.takeDomain();
    for (let place = 0; place < IDS.length; place++) {
      const key = IDS[place];
      if (key === undefined || !this.takeKey(key)) continue;
      if (this.ids[place] !== -1) return false;
      const id = this.takeNumber();
      this.ids[place] = id;
      return id >= 0;
    }
    return false;
  }

  private takeExperts(): boolean {
    let count = 0;
    if (!this.take(OPEN_LIST)) return false;
    for (let layer = 0; layer < this.layers; layer++) {
      if (layer > 0 && !this.take(COMMA)) return false;
      const found = this.takeList(count);
      if (found < 0 || (this.k !== null && found !== this.k)) return false;
      count += found;
      this.ends[layer] = count;
    }
    return this.take(CLOSE_LIST);
  }

  /** A layer's experts. @returns how many, or -1. */
  private takeList(start: number): number {
    if (!this.take(OPEN_LIST)) return -1;
    if (this.take(CLOSE_LIST)) return 0;
    this.list += 1;
    let count = 0;
    do {
      const expert = this.takeNumber();
      if (expert < 0 || expert >= this.E || this.seenIn[expert] === this.list) return -1;
      this.seenIn[expert] = this.list;
      this.experts[start + count] = expert;
      count += 1;
    } while (this.take(COMMA));
    return this.take(CLOSE_LIST) ? count : -1;
  }

  /** Spaces and one character. */
  private take(character: number): boolean {
    this.skipSpaces();
    if (this.at >= this.end || this.bytes[this.at] !== character) return false;
    this.at += 1;
    return true;
  }

  /** A key and its colon; where it is another one nothing is taken. */
  private takeKey(key: Uint8Array): boolean {
    this.skipSpaces();
    const start = this.at;
    if (start + key.length > this.end) return false;
    for (let i = 0; i < key.length; i++) if (this.bytes[start + i] !== key[i]) return false;
    this.at += key.length;
    if (this.take(COLON)) return true;
    this.at = start;
    return false;
  }

  /** A whole number from 0 to the largest id, or -1. */
  private takeNumber(): number {
    this.skipSpaces();
    const start = this.at;
    let value = 0;
    while (this.at < this.end) {
      const digit = (this.bytes[this.at] ?? 0) - ZERO;
      if (digit < 0 || digit > 9) break;
      value = value * 10 + digit;
      if (value > MOST_ID) return -1;
      this.at += 1;
    }
    const digits = this.at - start;
    // JSON has no 007.
    return digits === 0 || (digits > 1 && this.bytes[start] === ZERO) ? -1 : value;
  }

  private takeDomain(): boolean {
    if (!this.take(QUOTE)) return false;
    const start = this.at;
    let isLast = true;
    for (; this.at < this.end; this.at++) {
      const character = this.bytes[this.at] ?? 0;
      if (character === QUOTE) break;
      if (character < SPACE || character > TILDE || character === BACKSLASH) return false;
      if (isLast && character !== this.lastDomain.charCodeAt(this.at - start)) isLast = false;
    }
    const length = this.at - start;
    if (length === 0 || !this.take(QUOTE)) return false;
    if (!isLast || length !== this.lastDomain.length) {
      this.lastDomain = String.fromCharCode(...this.bytes.subarray(start, start + length));
    }
    this.domain = this.lastDomain;
    return true;
  }

  private skipSpaces(): void {
    while (this.at < this.end && this.bytes[this.at] === SPACE) this.at += 1;
  }

  private isAtEnd(): boolean {
    this.skipSpaces();
    return this.at === this.end;
  }
}

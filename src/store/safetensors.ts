import { sizeOf } from "../core/axes.ts";
import { sha256 } from "../core/json.ts";
import type { CheckpointTensor } from "../train/types.ts";

/** Tensors and text fields of a safetensors file (float32 only). */
export interface SafetensorsContent {
  readonly tensors: Readonly<Record<string, CheckpointTensor>>;
  readonly metadata: Readonly<Record<string, string>>;
}

const LENGTH_BYTES = 8;
const HEADER_LIMIT_BYTES = 100_000_000;
const NO_CHECKSUM = "0".repeat(64);

/**
 * A safetensors file: u64 header length, JSON header padded with spaces to 8 bytes, little-endian data without holes.
 * The metadata gets `sha256`, taken over the whole file with the checksum's own 64 digits as zeros, since the format
 * has no checksum and trusts its offsets.
 */
export function encodeSafetensors(content: SafetensorsContent): Uint8Array {
  const header: Record<string, unknown> = { __metadata__: { ...content.metadata, sha256: NO_CHECKSUM } };
  let end = 0;
  for (const [name, { shape, values }] of Object.entries(content.tensors)) {
    if (values.length !== sizeOf(shape))
      throw new Error(`tensor ${name} has ${values.length} numbers for shape [${shape.join(", ")}]`);
    header[name] = { dtype: "F32", shape, data_offsets: [end, end + values.byteLength] };
    end += values.byteLength;
  }
  const text = JSON.stringify(header);
  const headerBytes = Buffer.byteLength(text);
  const padded = text + " ".repeat((8 - (headerBytes % 8)) % 8);
  const bytes = Buffer.alloc(LENGTH_BYTES + Buffer.byteLength(padded) + end);
  bytes.writeBigUInt64LE(BigInt(Buffer.byteLength(padded)));
  bytes.write(padded, LENGTH_BYTES, "utf8");
  let position = bytes.length - end;
  for (const { values } of Object.values(content.tensors)) {
    bytes.set(new Uint8Array(values.buffer, values.byteOffset, values.byteLength), position);
    position += values.byteLength;
  }
  bytes.write(sha256(bytes), bytes.indexOf(`"sha256":"${NO_CHECKSUM}"`) + `"sha256":"`.length, "ascii");
  return bytes;
}

/**
 * Reads a safetensors file, trusting nothing in it: lengths, types, offsets, holes, overlaps, and the checksum of
 * `encodeSafetensors` where the file has one.
 * @param options.checksum "required" refuses files without one, whose damage could not be noticed.
 * @throws Error that says what is wrong with the file.
 */
export function decodeSafetensors(
  bytes: Uint8Array,
  options: { readonly checksum: "required" | "optional" },
): SafetensorsContent {
  const buffer = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  if (buffer.length < LENGTH_BYTES)
    throw new Error(`${buffer.length} bytes are too few for a safetensors file`);
  const headerLength = buffer.readBigUInt64LE();
  if (headerLength > BigInt(Math.min(HEADER_LIMIT_BYTES, buffer.length - LENGTH_BYTES))) {
    throw new Error(`the header claims ${headerLength} bytes, the file has ${buffer.length}`);
  }
  const dataStart = LENGTH_BYTES + Number(headerLength);
  const { metadata, entries } = parseHeader(buffer.subarray(LENGTH_BYTES, dataStart));
  checkChecksum(buffer, metadata["sha256"], options.checksum);
  const data = buffer.subarray(dataStart);
  checkCover(entries, data.length);
  const tensors = entries.map(({ name, shape, begin, end }): [string, CheckpointTensor] => [
    name,
    { shape, values: new Float32Array(new Uint8Array(data.subarray(begin, end)).buffer) },
  ]);
  const fields = Object.entries(metadata).filter(([name]) => name !== "sha256");
  return { tensors: Object.fromEntries(tensors), metadata: Object.fromEntries(fields) };
}

interface Entry {
  readonly name: string;
  readonly shape: readonly number[];
  readonly begin: number;
  readonly end: number;
}

function parseHeader(header: Uint8Array): { metadata: Record<string, string>; entries: Entry[] } {
  let parsed: unknown;
  try {
    parsed = JSON.parse(new TextDecoder("utf-8", { fatal: true }).decode(header));
  } catch {
    throw new Error("the header is not JSON in UTF-8");
  }
  if (!isObject(parsed)) throw new Error("the header is not a JSON object");
  const { __metadata__: metadata = {}, ...rest } = parsed;
  if (!isStringMap(metadata)) throw new Error("the header's __metadata__ holds more than text");
  return { metadata, entries: Object.entries(rest).map(([name, entry]) => parseEntry(name, entry)) };
}

function parseEntry(name: string, entry: unknown): Entry {
  if (!isObject(entry)) throw new Error(`tensor ${name} is not described by an object`);
  const { dtype, shape, data_offsets: offsets } = entry;
  if (dtype !== "F32") throw new Error(`tensor ${name} has type ${JSON.stringify(dtype)}, only F32 is read`);
  if (!isCountList(shape)) throw new Error(`tensor ${name} has no valid shape`);
  if (!isCountList(offsets) || offsets.length !== 2) throw new Error(`tensor ${name} has no valid offsets`);
  const [begin = 0, end = 0] = offsets;
  if (end - begin !== sizeOf(shape) * 4)
    throw new Error(`tensor ${name}: offsets ${begin} to ${end} don't fit shape [${shape.join(", ")}]`);
  return { name, shape, begin, end };
}

/** Every data byte belongs to exactly one tensor. */
function checkCover(entries: readonly Entry[], dataLength: number): void {
  let covered = 0;
  for (const { name, begin, end } of [...entries].sort((a, b) => a.begin - b.begin || a.end - b.end)) {
    if (begin !== covered)
      throw new Error(`tensor ${name} begins at ${begin}, the one before it ends at ${covered}`);
    covered = end;
  }
  if (covered !== dataLength)
    throw new Error(`the tensors take ${covered} bytes, the file has ${dataLength}`);
}

function checkChecksum(file: Buffer, checksum: string | undefined, demanded: "required" | "optional"): void {
  if (checksum === undefined) {
    if (demanded === "required") throw new Error("the file has no checksum");
    return;
  }
  const position = file.indexOf(`"sha256":"${checksum}"`);
  const zeroed = Buffer.from(file);
  if (position >= 0) zeroed.write(NO_CHECKSUM, position + `"sha256":"`.length, "ascii");
  if (position < 0 || checksum.length !== NO_CHECKSUM.length || sha256(zeroed) !== checksum)
    throw new Error("the checksum does not match: the file is damaged");
}

function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

function isStringMap(value: unknown): value is Record<string, string> {
  return isObject(value) && Object.values(value).every((field) => typeof field === "string");
}

function isCountList(value: unknown): value is number[] {
  return Array.isArray(value) && value.every((count) => Number.isSafeInteger(count) && count >= 0);
}

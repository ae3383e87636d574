import { describe, expect, test } from "vitest";
import { decodeSafetensors, encodeSafetensors } from "../../src/store/safetensors.ts";

const CONTENT = {
  tensors: {
    a: { shape: [2, 3], values: Float32Array.of(1, -2, 3.5, 0, 1e-38, 3e38) },
    empty: { shape: [0], values: new Float32Array(0) },
    "layers.0.é": { shape: [], values: Float32Array.of(7) },
  },
  metadata: { step: "12" },
};

/** A file with a header of our own, without checksum. */
function file(header: unknown, dataBytes: number): Uint8Array {
  const text = typeof header === "string" ? header : JSON.stringify(header);
  const bytes = Buffer.alloc(8 + Buffer.byteLength(text) + dataBytes);
  bytes.writeBigUInt64LE(BigInt(Buffer.byteLength(text)));
  bytes.write(text, 8);
  return bytes;
}

const read = (bytes: Uint8Array) => decodeSafetensors(bytes, { checksum: "optional" });

describe("safetensors", () => {
  test("what is written is read again, bit for bit", () => {
    const decoded = decodeSafetensors(encodeSafetensors(CONTENT), { checksum: "required" });
    expect(decoded).toEqual(CONTENT);
  });

  test("the layout is the format's: length, padded JSON, little-endian data", () => {
    const bytes = Buffer.from(
      encodeSafetensors({ tensors: { x: { shape: [1], values: Float32Array.of(1) } }, metadata: {} }),
    );
    const length = Number(bytes.readBigUInt64LE());
    expect(length % 8).toBe(0);
    expect(bytes.length).toBe(8 + length + 4);
    const header = JSON.parse(bytes.toString("utf8", 8, 8 + length)) as Record<string, unknown>;
    expect(header["x"]).toEqual({ dtype: "F32", shape: [1], data_offsets: [0, 4] });
    // 1 as float32 is 0x3f800000.
    expect([...bytes.subarray(-4)]).toEqual([0x00, 0x00, 0x80, 0x3f]);
  });

  test("a file of another program, without checksum, is read unless a checksum is required", () => {
    const other = file({ w: { dtype: "F32", shape: [2], data_offsets: [0, 8] } }, 8);
    expect(read(other).tensors["w"]).toEqual({ shape: [2], values: new Float32Array(2) });
    expect(() => decodeSafetensors(other, { checksum: "required" })).toThrow("no checksum");
  });

  test("every damaged bit and every truncation is noticed", () => {
    const whole = encodeSafetensors(CONTENT);
    const required = { checksum: "required" } as const;
    for (let bit = 0; bit < whole.length * 8; bit++) {
      const damaged = Uint8Array.from(whole);
      damaged[bit >> 3]! ^= 1 << (bit & 7);
      expect(() => decodeSafetensors(damaged, required), `bit ${bit}`).toThrow();
    }
    for (let length = 0; length < whole.length; length++) {
      expect(() => decodeSafetensors(whole.subarray(0, length), required), `length ${length}`).toThrow();
    }
  });

  const tensor = (begin: number, end: number, shape: readonly unknown[] = [(end - begin) / 4]) => ({
    ...{ dtype: "F32", shape, data_offsets: [begin, end] },
  });
  test.each([
    ["too short", Buffer.alloc(3), "too few"],
    ["length beyond the file", file("{}", 0).fill(0xff, 0, 7), "claims"],
    ["no JSON", file("{x", 0), "not JSON"],
    ["not UTF-8", file("{}", 0).fill(0xff, 8, 9), "not JSON"],
    ["a list", file([], 0), "not a JSON object"],
    ["an entry that is a number", file({ a: 1 }, 0), "not described"],
    ["another type", file({ a: { dtype: "F64", shape: [1], data_offsets: [0, 8] } }, 8), "F64"],
    ["a negative shape", file({ a: tensor(0, 4, [-1]) }, 4), "no valid shape"],
    ["a shape that is no number", file({ a: tensor(0, 4, ["1"]) }, 4), "no valid shape"],
    ["an unsafe offset", file({ a: tensor(0, 2 ** 60, [1]) }, 4), "no valid offsets"],
    ["offsets backwards", file({ a: tensor(4, 0, [1]) }, 4), "don't fit"],
    ["a shape of another size", file({ a: tensor(0, 8, [3]) }, 8), "don't fit"],
    ["a hole", file({ a: tensor(0, 4), b: tensor(8, 12) }, 12), "begins at 8"],
    ["an overlap", file({ a: tensor(0, 8), b: tensor(4, 12) }, 12), "begins at 4"],
    ["data beyond the last tensor", file({ a: tensor(0, 4) }, 8), "take 4 bytes"],
    ["data missing", file({ a: tensor(0, 8) }, 4), "take 8 bytes"],
    ["metadata with numbers", file({ __metadata__: { a: 1 } }, 0), "more than text"],
  ])("refuses %s", (_, bytes, message) => {
    expect(() => read(bytes)).toThrow(message);
  });

  test("__proto__ is a name like any other", () => {
    const header = `{"__proto__":{"dtype":"F32","shape":[1],"data_offsets":[0,4]}}`;
    expect(Object.keys(read(file(header, 4)).tensors)).toEqual(["__proto__"]);
  });
});

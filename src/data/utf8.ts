/**
 * Offset of the first byte of the first ill-formed UTF-8 sequence (Unicode 15, table 3-7: no overlong forms, no
 * surrogates, nothing above U+10FFFF), or -1 where the bytes are well-formed.
 */
export function firstInvalidUtf8(bytes: Uint8Array): number {
  let offset = 0;
  while (offset < bytes.length) {
    const length = sequenceLength(bytes, offset);
    if (length === 0) return offset;
    offset += length;
  }
  return -1;
}

/** Whether a byte continues a UTF-8 sequence (10xxxxxx). */
export function isContinuation(byte: number | undefined): boolean {
  return byte !== undefined && (byte & 0xc0) === 0x80;
}

/** The code point of the well-formed sequence of `length` bytes at an offset. */
export function codePoint(bytes: Uint8Array, offset: number, length: number): number {
  if (length === 1) return bytes[offset] ?? 0;
  let point = (bytes[offset] ?? 0) & (0xff >> (length + 1));
  for (let index = 1; index < length; index++) point = (point << 6) | ((bytes[offset + index] ?? 0) & 0x3f);
  return point;
}

/** Bytes of the well-formed sequence at an offset; 0 when there is none. */
export function sequenceLength(bytes: Uint8Array, offset: number): number {
  const lead = bytes[offset] ?? 0;
  if (lead < 0x80) return 1;
  const length =
    lead >= 0xc2 && lead <= 0xdf ? 2 : lead >> 4 === 0xe ? 3 : lead >= 0xf0 && lead <= 0xf4 ? 4 : 0;
  for (let index = 1; index < length; index++) {
    if (!isContinuation(bytes[offset + index])) return 0;
  }
  const second = bytes[offset + 1] ?? 0;
  if (lead === 0xe0 && second < 0xa0) return 0; // overlong
  if (lead === 0xed && second > 0x9f) return 0; // surrogate
  if (lead === 0xf0 && second < 0x90) return 0; // overlong
  if (lead === 0xf4 && second > 0x8f) return 0; // above U+10FFFF
  return length;
}

import protobuf from "protobufjs";
import { crc32c } from "./crc32c.ts";
import type { HistoryRow } from "./history.ts";

/** The part of TensorFlow's event.proto and summary.proto that scalars need. Field numbers are theirs. */
const schema = protobuf.Root.fromJSON({
  nested: {
    Event: {
      fields: {
        wallTime: { type: "double", id: 1 },
        step: { type: "int64", id: 2 },
        fileVersion: { type: "string", id: 3 },
        summary: { type: "Summary", id: 5 },
      },
    },
    Summary: { fields: { value: { rule: "repeated", type: "Value", id: 1 } } },
    Value: {
      // One of several kinds: written also where it is zero.
      oneofs: { value: { oneof: ["simpleValue"] } },
      fields: { tag: { type: "string", id: 1 }, simpleValue: { type: "float", id: 2 } },
    },
  },
});
const Event = schema.lookupType("Event");

/** What TensorFlow adds to a rotated checksum. */
const MASK = 0xa282ead8;

/**
 * A TensorBoard event file of scalars: TFRecords (length, its masked CRC-32C, data, its masked CRC-32C) of Event messages. Values are float32,
 * as TensorBoard has them. Wall times are zero: results keep none, and equal results give equal bytes.
 */
export function tensorboardEvents(rows: readonly HistoryRow[]): Uint8Array {
  const bySteps = new Map<number, HistoryRow[]>();
  for (const row of rows) bySteps.set(row.step, [...(bySteps.get(row.step) ?? []), row]);
  const events = [...bySteps].map(([step, at]) => ({
    wallTime: 0,
    step,
    summary: {
      value: [
        ...at.map(({ metric, unit, value }) => ({ tag: tagOf(metric, unit), simpleValue: value })),
        { tag: "tokens", simpleValue: at[0]?.tokens ?? 0 },
      ],
    },
  }));
  const first = { wallTime: 0, fileVersion: "brain.Event:2" };
  return Buffer.concat([first, ...events].map((event) => recordOf(Event.encode(event).finish())));
}

/** TensorBoard groups tags by what stands before the slash. */
function tagOf(metric: string, unit: string): string {
  const name = metric.startsWith("final_") ? `final/${metric.slice("final_".length)}` : metric;
  return unit.startsWith("nats/") ? `${name}_nats` : name;
}

function recordOf(data: Uint8Array): Buffer {
  const length = Buffer.alloc(8);
  length.writeBigUInt64LE(BigInt(data.length));
  return Buffer.concat([length, maskedCrc(length), data, maskedCrc(data)]);
}

/** Rotated right by 15 bits, plus a constant: TensorFlow's record_writer. */
function maskedCrc(bytes: Uint8Array): Buffer {
  const crc = crc32c(bytes);
  const masked = Buffer.alloc(4);
  masked.writeUInt32LE((((crc >>> 15) | (crc << 17)) + MASK) >>> 0);
  return masked;
}

/** Room for what lives at different times. */
import { expect, it } from "vitest";
import { streamOf } from "../../../src/core/streams.ts";
import { placeTenants, type Tenant } from "../../../src/engine/native/arena.ts";

const LINE = 16; // numbers to a cache line

it("gives contemporaries room of their own, on cache lines, within what all together would take", () => {
  let shared = 0;
  for (let draw = 0; draw < 200; draw++) {
    const stream = streamOf(draw, "tenants");
    const tenants: Tenant[] = Array.from({ length: stream.integer(30) }, (_, root) => {
      const from = stream.integer(12);
      return { root, size: stream.integer(100), from, until: from + stream.integer(6) };
    });
    const { offsets, size } = placeTenants(tenants);
    expect([...offsets.keys()].sort((a, b) => a - b)).toEqual(tenants.map(({ root }) => root));
    const endOf = (tenant: Tenant): number => offsets.get(tenant.root)! + tenant.size;
    for (const one of tenants) {
      expect(offsets.get(one.root)! % LINE).toBe(0);
      expect(endOf(one)).toBeLessThanOrEqual(size);
      for (const other of tenants) {
        if (other.root <= one.root || other.from > one.until || one.from > other.until) continue;
        const apart = endOf(one) <= offsets.get(other.root)! || endOf(other) <= offsets.get(one.root)!;
        // What has no numbers stands in nobody's way.
        expect(apart || one.size === 0 || other.size === 0, JSON.stringify([draw, one, other])).toBe(true);
      }
    }
    const rooms = tenants.map((tenant) => Math.ceil(tenant.size / LINE) * LINE);
    const sum = rooms.reduce((total, room) => total + room, 0);
    expect(size).toBeLessThanOrEqual(sum);
    // At the busiest moment all who live then need room.
    const busiest = Math.max(
      0,
      ...Array.from({ length: 20 }, (_, moment) =>
        tenants.reduce(
          (total, { from, until }, i) => total + (from <= moment && moment <= until ? rooms[i]! : 0),
          0,
        ),
      ),
    );
    expect(size).toBeGreaterThanOrEqual(busiest);
    if (size < sum) shared++;
  }
  expect(shared).toBeGreaterThan(100);
});

it("puts one who comes later where one was who has gone, and not one moment earlier", () => {
  const first = { root: 0, size: 32, from: 0, until: 1 };
  expect(placeTenants([first, { root: 1, size: 32, from: 2, until: 3 }]).size).toBe(32);
  expect(placeTenants([first, { root: 1, size: 32, from: 1, until: 3 }]).size).toBe(64);
  expect(placeTenants([]).size).toBe(0);
});

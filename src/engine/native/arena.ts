/** Something that needs room from one moment to another, both included. */
export interface Tenant {
  readonly root: number;
  readonly size: number;
  readonly from: number;
  readonly until: number;
}

/** Numbers to a cache line, on which everything begins. */
const LINE = 16;

/** Places tenants so that none who live at the same time share room: the largest first, each in the lowest gap. */
export function placeTenants(tenants: readonly Tenant[]): { offsets: Map<number, number>; size: number } {
  const placed: { offset: number; end: number; tenant: Tenant }[] = [];
  const offsets = new Map<number, number>();
  let size = 0;
  for (const tenant of [...tenants].sort((a, b) => b.size - a.size || a.root - b.root)) {
    const room = Math.ceil(tenant.size / LINE) * LINE;
    const neighbours = placed
      .filter(({ tenant: other }) => other.from <= tenant.until && tenant.from <= other.until)
      .sort((a, b) => a.offset - b.offset);
    let offset = 0;
    for (const neighbour of neighbours) {
      if (neighbour.offset - offset >= room) break;
      offset = Math.max(offset, neighbour.end);
    }
    placed.push({ offset, end: offset + room, tenant });
    offsets.set(tenant.root, offset);
    size = Math.max(size, offset + room);
  }
  return { offsets, size };
}

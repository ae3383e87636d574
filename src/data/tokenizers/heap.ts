/** Keeps items so that the first one is always at hand. */
export interface Heap<Item> {
  readonly push: (item: Item) => void;
  /** Takes the first item out; undefined when there is none. */
  readonly pop: () => Item | undefined;
}

/** A binary heap. @param isBefore a strict order; items that are equal in it come in any order. */
export function heapOf<Item>(isBefore: (a: Item, b: Item) => boolean): Heap<Item> {
  const items: Item[] = [];
  const before = (a: number, b: number): boolean => isBefore(items[a] as Item, items[b] as Item);
  const swap = (a: number, b: number): void => {
    [items[a], items[b]] = [items[b] as Item, items[a] as Item];
  };
  return {
    push: (item) => {
      let place = items.push(item) - 1;
      for (let above = (place - 1) >> 1; place > 0 && before(place, above); above = (place - 1) >> 1) {
        swap(place, above);
        place = above;
      }
    },
    pop: () => {
      const first = items[0];
      const last = items.pop();
      if (items.length === 0 || last === undefined) return first;
      items[0] = last;
      for (let place = 0; ;) {
        let next = 2 * place + 1;
        if (next >= items.length) return first;
        if (next + 1 < items.length && before(next + 1, next)) next += 1;
        if (!before(next, place)) return first;
        swap(place, next);
        place = next;
      }
    },
  };
}

/**
 * Moves places apart until neighbours are at least `gap` apart, as little as possible: overlapping neighbours form a block
 * that is centred on the mean of their wishes. Order is kept; ties keep the order given.
 * @param wishes wanted places, in pixels.
 * @param low, high the places stay within, as long as there is room.
 */
export function spread(wishes: readonly number[], gap: number, low: number, high: number): readonly number[] {
  const order = wishes.map((_, index) => index).sort((a, b) => (wishes[a] ?? 0) - (wishes[b] ?? 0) || a - b);
  // A block of n starting at s has its k-th place at s + k * gap; its best start is the mean of wish - k * gap.
  const blocks: { sum: number; members: number[] }[] = [];
  const startOf = (block: { sum: number; members: number[] }): number => {
    const best = block.sum / block.members.length;
    return Math.max(low, Math.min(best, high - (block.members.length - 1) * gap));
  };
  for (const index of order) {
    let block = { sum: wishes[index] ?? 0, members: [index] };
    for (let before = blocks.at(-1); before !== undefined; before = blocks.at(-1)) {
      if (startOf(before) + before.members.length * gap <= startOf(block)) break;
      blocks.pop();
      const shift = before.members.length * gap * block.members.length;
      block = { sum: before.sum + block.sum - shift, members: [...before.members, ...block.members] };
    }
    blocks.push(block);
  }
  const places = [...wishes];
  for (const block of blocks) {
    block.members.forEach((index, k) => {
      places[index] = startOf(block) + k * gap;
    });
  }
  return places;
}

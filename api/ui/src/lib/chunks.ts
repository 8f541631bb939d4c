/** Parts of a long grid of cards: what is far from the window is not drawn. Pure. */

/** Columns of cards that fit into a width, all in pixels. */
export function columnsOf(width: number, card: number, gap: number): number {
  return Math.max(1, Math.floor((width + gap) / (card + gap)));
}

/** A list in chunks of whole rows: each has the index of its first card. */
export function chunksOf<T>(
  all: readonly T[],
  columns: number,
  rows: number,
): { first: number; cards: readonly T[] }[] {
  const size = columns * rows;
  return Array.from({ length: Math.ceil(all.length / size) }, (_, index) => ({
    first: index * size,
    cards: all.slice(index * size, (index + 1) * size),
  }));
}

/** The card to go to from a card by an arrow key, Home or End; the same where there is none. */
export function stepFrom(
  index: number,
  key: string,
  columns: number,
  count: number,
  rightToLeft: boolean,
): number {
  const on = rightToLeft ? -1 : 1;
  const steps: Record<string, number> = {
    ArrowRight: on,
    ArrowLeft: -on,
    ArrowDown: columns,
    ArrowUp: -columns,
  };
  if (key === 'Home') return 0;
  if (key === 'End') return count - 1;
  const to = index + (steps[key] ?? 0);
  return to < 0 || to >= count ? index : to;
}

/** Rectangles on a picture, in shares of its width and height from the top left. Pure. */
export interface Box {
  x: number;
  y: number;
  w: number;
  h: number;
}

export interface Place {
  x: number;
  y: number;
}

export const WHOLE: Box = { x: 0, y: 0, w: 1, h: 1 };
/** Least side of a box: less shows next to nothing. */
const LEAST = 0.02;
const DIGITS = 4;

function within(value: number, least: number, most: number): number {
  return Math.min(most, Math.max(least, value));
}

function rounded(value: number): number {
  return Number(value.toFixed(DIGITS));
}

/** The box with these two corners; null where it would be too small to show anything. */
export function boxBetween(a: Place, b: Place): Box | null {
  const x = rounded(within(Math.min(a.x, b.x), 0, 1));
  const y = rounded(within(Math.min(a.y, b.y), 0, 1));
  const w = rounded(within(Math.max(a.x, b.x), 0, 1) - x);
  const h = rounded(within(Math.max(a.y, b.y), 0, 1) - y);
  return w < LEAST || h < LEAST ? null : { x, y, w, h };
}

/** The box after an arrow key: moved by a share of the picture, or with `size` its far corner. */
export function boxAfter(box: Box, key: string, size: boolean, share = 0.02): Box {
  const across = key === 'ArrowRight' ? share : key === 'ArrowLeft' ? -share : 0;
  const down = key === 'ArrowDown' ? share : key === 'ArrowUp' ? -share : 0;
  return size
    ? {
        ...box,
        w: rounded(within(box.w + across, LEAST, 1 - box.x)),
        h: rounded(within(box.h + down, LEAST, 1 - box.y)),
      }
    : {
        ...box,
        x: rounded(within(box.x + across, 0, 1 - box.w)),
        y: rounded(within(box.y + down, 0, 1 - box.h)),
      };
}

/** A box in an address: `x,y,w,h`; empty for none. */
export function boxText(box: Box | null): string {
  return box === null ? '' : [box.x, box.y, box.w, box.h].map(rounded).join(',');
}

/** The box of an address; null where there is none, or none inside a picture. */
export function boxOf(text: string): Box | null {
  const [x, y, w, h, ...more] = text === '' ? [] : text.split(',').map(Number);
  if (x === undefined || y === undefined || w === undefined || h === undefined) return null;
  const inside = x >= 0 && y >= 0 && w > 0 && h > 0 && x + w <= 1.0001 && y + h <= 1.0001;
  return more.length === 0 && inside
    ? { x, y, w: Math.min(w, 1 - x), h: Math.min(h, 1 - y) }
    : null;
}

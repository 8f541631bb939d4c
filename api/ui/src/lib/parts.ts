/** Footage that an address names, as one hold or export takes it, and its size in words. Pure. */
import type { Part } from './route';

/** Cameras with the same interval, which one hold or export takes. */
export interface Group {
  fromMs: number;
  toMs: number;
  cameras: string[];
}

/** The parts without those that stand there already. */
export function withoutTwins(parts: readonly Part[]): Part[] {
  const seen = new Set<string>();
  return parts.filter((one) => {
    const key = keyOf(one);
    return !seen.has(key) && seen.add(key);
  });
}

export function keyOf({ camera, fromMs, toMs }: Part): string {
  return `${camera}/${fromMs}/${toMs}`;
}

/** The part of a camera between two instants, widened to whole milliseconds. */
export function partOf(camera: string, fromMs: number, toMs: number): Part {
  const from = Math.floor(fromMs);
  return { camera, fromMs: from, toMs: Math.max(Math.ceil(toMs), from + 1) };
}

/** The parts by interval, the earliest first, cameras by id. */
export function groupsOf(parts: readonly Part[]): Group[] {
  const groups = new Map<string, Group>();
  for (const { camera, fromMs, toMs } of parts) {
    const key = `${fromMs}/${toMs}`;
    const group = groups.get(key) ?? { fromMs, toMs, cameras: [] };
    groups.set(key, group);
    if (!group.cameras.includes(camera)) group.cameras.push(camera);
  }
  return [...groups.values()]
    .map((one) => ({ ...one, cameras: [...one.cameras].sort() }))
    .sort((a, b) => a.fromMs - b.fromMs || a.toMs - b.toMs);
}

const UNITS = ['byte', 'kilobyte', 'megabyte', 'gigabyte', 'terabyte', 'petabyte'] as const;

/** A number of bytes in a unit that people read, e.g. `1.2 GB`. */
export function bytes(count: number, locale: string): string {
  let [value, unit] = [count, 0];
  while (value >= 999.5 && unit < UNITS.length - 1) {
    value /= 1000;
    unit += 1;
  }
  return new Intl.NumberFormat(locale, {
    style: 'unit',
    unit: UNITS[unit] ?? 'byte',
    unitDisplay: unit === 0 ? 'long' : 'short',
    maximumSignificantDigits: unit === 0 ? 3 : value >= 100 ? 3 : 2,
  }).format(value);
}

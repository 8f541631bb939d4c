/** Footage that an address names, as one hold or export takes it. Pure. */
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

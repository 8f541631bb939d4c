/** What is stored of some footage, asked of the API. */
import { api, dataOf, type Schemas } from './api';
import { groupsOf, type Group } from './parts';
import type { Part } from './route';
import { instantOf } from './time';

export type Stored = Schemas['StoredOut'];
export type StoredCamera = Schemas['StoredCameraOut'];

/** Most cameras that the API takes at once. */
const AT_ONCE = 200;

export interface StoredGroup extends Group {
  stored: StoredCamera[];
}

export interface Whole {
  groups: StoredGroup[];
  bytes: number;
  segments: number;
  exportS: number;
  /** Number of own exports that `exportS` is estimated from; 0: a pace is assumed. */
  exportsSeen: number;
}

/** What is stored of parts, by interval. Throws a `Problem`. */
export async function lookAt(parts: readonly Part[]): Promise<Whole> {
  const whole: Whole = { groups: [], bytes: 0, segments: 0, exportS: 0, exportsSeen: 0 };
  for (const group of groupsOf(parts)) {
    const stored: StoredCamera[] = [];
    for (let first = 0; first < group.cameras.length; first += AT_ONCE) {
      const cameras = group.cameras.slice(first, first + AT_ONCE);
      const told = await ask(cameras, instantOf(group.fromMs), instantOf(group.toMs));
      stored.push(...told.cameras);
      whole.bytes += told.bytes;
      whole.segments += told.segments;
      whole.exportS += told.export_s;
      whole.exportsSeen = told.export_s_from;
    }
    whole.groups.push({ ...group, stored });
  }
  return whole;
}

/** What is stored of some cameras; times as people say them. Throws a `Problem`. */
export async function ask(cameras: string[], from: string, to: string): Promise<Stored> {
  return dataOf(api.POST('/api/v1/stored', { body: { cameras, from, to } }));
}

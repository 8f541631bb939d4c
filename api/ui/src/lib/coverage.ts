/** What an answer did not search, put together for people. Pure. */
import type { Answer } from './api';
import { msOf } from './time';

export interface Missed {
  reason: string;
  seconds: number;
  cameras: number;
  /** By camera, the longest first. */
  parts: { camera: string; seconds: number; detail: string }[];
}

/** Reasons for which there is no recording; all others have one that was not looked at. */
export const NOT_RECORDED: ReadonlySet<string> = new Set([
  'camera_lost',
  'recorder_down',
  'spool_overflow',
  'write_failed',
  'expired',
  'clock_stepped',
  'no_pictures',
  'held_back',
  'not_scheduled',
  'unknown',
  'future',
]);

/** The time not searched by reason: what was recorded and not looked at first, then by duration. */
export function missedOf(missing: Answer['coverage']['missing']): Missed[] {
  const reasons = new Map<string, Map<string, { seconds: number; detail: string }>>();
  for (const one of missing) {
    const cameras =
      reasons.get(one.reason) ?? new Map<string, { seconds: number; detail: string }>();
    reasons.set(one.reason, cameras);
    const known = cameras.get(one.camera);
    const seconds = (msOf(one.end) - msOf(one.start)) / 1000;
    cameras.set(one.camera, {
      seconds: (known?.seconds ?? 0) + seconds,
      detail: known?.detail || one.detail,
    });
  }
  return [...reasons]
    .map(([reason, cameras]) => {
      const parts = [...cameras]
        .map(([camera, { seconds, detail }]) => ({ camera, seconds, detail }))
        .sort((a, b) => b.seconds - a.seconds || a.camera.localeCompare(b.camera));
      const seconds = parts.reduce((sum, part) => sum + part.seconds, 0);
      return { reason, seconds, cameras: parts.length, parts };
    })
    .sort(
      (a, b) =>
        Number(NOT_RECORDED.has(a.reason)) - Number(NOT_RECORDED.has(b.reason)) ||
        b.seconds - a.seconds,
    );
}

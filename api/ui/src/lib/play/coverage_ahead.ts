/** What the API's timelines say of an instant, and of the footage behind it. */
import { api, dataOf } from '../api';
import { instantOf, msOf } from '../time';
import type { Gap } from './hls';

const LOOKED_AHEAD_MS = 7 * 86_400_000;
const NEWEST_WITHIN = '90d ago';

/** Why a camera has no footage of an instant. Throws a `Problem`. */
export async function gapAt(camera: string, at: number): Promise<Gap> {
  const line = await timeline(camera, instantOf(at), instantOf(at + 1000));
  const gap = line.gaps[0];
  return gap
    ? { start: msOf(gap.start), end: msOf(gap.end), reason: gap.reason }
    : { start: at, end: at + 1000, reason: '' };
}

/** The first instant from `at` on of which any camera has footage; null: none within a week. */
export async function firstFrom(cameras: readonly string[], at: number): Promise<number | null> {
  const span = [instantOf(at), instantOf(at + LOOKED_AHEAD_MS)] as const;
  const lines = await Promise.all(cameras.map((one) => timeline(one, ...span)));
  const starts = lines.flatMap((line) => line.spans.slice(0, 1).map((one) => msOf(one.start)));
  return starts.length > 0 ? Math.min(...starts) : null;
}

/** The newest instant of which any camera has footage, a little before its end; null: none. */
export async function newestOf(cameras: readonly string[]): Promise<number | null> {
  const lines = await Promise.all(cameras.map((one) => timeline(one, NEWEST_WITHIN)));
  const last = lines.flatMap((line) => line.spans.slice(-1));
  const newest = last.map((one) => Math.max(msOf(one.start), msOf(one.end) - 60_000));
  return newest.length > 0 ? Math.max(...newest) : null;
}

async function timeline(camera: string, from: string, to?: string) {
  const query = to === undefined ? { from } : { from, to };
  return dataOf(
    api.GET('/api/v1/cameras/{camera}/timeline', { params: { path: { camera }, query } }),
  );
}

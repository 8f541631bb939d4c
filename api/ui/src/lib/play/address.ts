/** What the player shows, as the address of the page holds it. Pure. */
import { href } from '../route';
import { instantOf, msOf } from '../time';

/** Most cameras played at once. */
export const MOST_CAMERAS = 9;
export const DEFAULT_SPAN = 15 * 60_000;

export interface Shown {
  /** The cameras played, in the order of their tiles. */
  cameras: readonly string[];
  /** The camera of the timeline, among `cameras`; empty without cameras. */
  chosen: string;
  /** Whether the tile of the chosen camera is larger than the others. */
  large: boolean;
  /** Instant shown, in milliseconds since 1970; null: the newest footage. */
  at: number | null;
  /** Width of the timeline in milliseconds. */
  span: number;
  /** The marks of an interval, in milliseconds since 1970; null: not set. */
  from: number | null;
  to: number | null;
}

/** What the parameters of an address name. */
export function shownOf(query: URLSearchParams): Shown {
  const cameras = [...new Set(query.getAll('camera'))].slice(0, MOST_CAMERAS);
  const chosen = query.get('chosen') ?? '';
  const instant = (name: string): number | null => {
    const ms = msOf(query.get(name) ?? '');
    return Number.isFinite(ms) ? ms : null;
  };
  return {
    cameras,
    chosen: cameras.includes(chosen) ? chosen : (cameras[0] ?? ''),
    large: query.get('large') === '1',
    at: instant('at'),
    span: Number(query.get('span')) || DEFAULT_SPAN,
    from: instant('in'),
    to: instant('out'),
  };
}

/** The address that shows something. */
export function addressOf(shown: Shown): string {
  const instant = (ms: number | null): string => (ms === null ? '' : instantOf(ms));
  return href('/play', {
    camera: shown.cameras,
    chosen: shown.chosen === shown.cameras[0] ? '' : shown.chosen,
    large: shown.large ? '1' : '',
    at: instant(shown.at),
    span: shown.span === DEFAULT_SPAN ? '' : String(shown.span),
    in: instant(shown.from),
    out: instant(shown.to),
  });
}

/** The same with a camera more, which becomes no larger; as it is where there is no room. */
export function withCamera(shown: Shown, camera: string): Shown {
  if (shown.cameras.includes(camera) || shown.cameras.length >= MOST_CAMERAS) return shown;
  const cameras = [...shown.cameras, camera];
  return { ...shown, cameras, chosen: shown.chosen || camera };
}

/** The same without a camera. */
export function withoutCamera(shown: Shown, camera: string): Shown {
  const cameras = shown.cameras.filter((one) => one !== camera);
  if (shown.chosen !== camera) return { ...shown, cameras };
  return { ...shown, cameras, chosen: cameras[0] ?? '', large: false };
}

/** The same with a camera chosen and large; of equal size again where it was so. */
export function enlarged(shown: Shown, camera: string): Shown {
  return { ...shown, chosen: camera, large: !(shown.large && shown.chosen === camera) };
}

/**
 * The same with a mark at the picture of an instant. The picture is part of the interval: an interval
 * does not contain its end. A mark on the wrong side of the other removes the other.
 */
export function marked(shown: Shown, mark: 'in' | 'out', at: number): Shown {
  if (mark === 'in') {
    const from = Math.floor(at);
    return { ...shown, from, to: shown.to !== null && shown.to > from ? shown.to : null };
  }
  const to = Math.floor(at) + 1;
  return { ...shown, to, from: shown.from !== null && shown.from < to ? shown.from : null };
}

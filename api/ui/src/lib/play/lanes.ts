/** What the timeline shows of a camera beside its recording: hits, the case's exhibits, holds. Pure. */
import type { Answer, Changes, Schemas } from '../api';
import { msOf } from '../time';

export type LaneName = 'changes' | 'hits' | 'exhibits' | 'holds';

/** A stretch of a lane, or an instant where both ends are the same; in milliseconds since 1970. */
export interface Item {
  start: number;
  end: number;
  /** The item in words, e.g. the label of an exhibit. */
  label: string;
  /** How strongly the item is drawn, from 0, a line, up to 1; fully where absent. */
  weight?: number | undefined;
}

export interface Lane {
  name: LaneName;
  items: readonly Item[];
}

/** The moments of an answer that a camera shows. */
export function hitsOf(answer: Answer | null, camera: string): Item[] {
  return (answer?.moments ?? [])
    .filter((one) => one.camera === camera)
    .map((one) => ({ start: msOf(one.start), end: msOf(one.end), label: String(one.rank) }));
}

/** A tenth of the picture in motion is much: small shares are told apart. */
const MUCH = 0.1;
/** Changes closer than this part of the window are a single stretch in words. */
const APART = 1 / 20;

/**
 * The parts of a window of which pictures were looked at, the more they changed the stronger. A part
 * where nothing changed has the weight 0; of a part without a picture looked at there is no item.
 */
export function changesOf(changes: Changes | null, say: (share: number) => string): Item[] {
  if (!changes) return [];
  const from = msOf(changes.start);
  const each = (msOf(changes.end) - from) / changes.change.length;
  return changes.change.flatMap((share, index) => {
    if (share === null) return [];
    const weight = share > 0 ? Math.min(1, 0.25 + (0.75 * share) / MUCH) : 0;
    const start = from + index * each;
    return [{ start, end: start + each, label: say(share), weight }];
  });
}

/** The stretches of a window in which pictures changed, each with the strongest of its changes. */
export function stretchesOf(changes: readonly Item[], span: number): Item[] {
  const stretches: Item[] = [];
  for (const one of changes.filter(({ weight }) => weight !== 0)) {
    const last = stretches.at(-1);
    if (!last || one.start - last.end >= span * APART) stretches.push({ ...one });
    else {
      last.end = one.end;
      if ((one.weight ?? 1) > (last.weight ?? 1))
        [last.weight, last.label] = [one.weight, one.label];
    }
  }
  return stretches;
}

/** The exhibits of a case that a camera shows; withheld ones are left out. */
export function exhibitsOf(exhibits: readonly Schemas['ExhibitOut'][], camera: string): Item[] {
  return exhibits.flatMap(({ content }) =>
    content?.cameras.includes(camera)
      ? [
          {
            start: msOf(content.start),
            end: content.kind === 'bookmark' ? msOf(content.start) : msOf(content.end),
            label: content.label,
          },
        ]
      : [],
  );
}

/** The active holds over a camera's footage. */
export function holdsOf(holds: readonly Schemas['HoldOut'][], camera: string): Item[] {
  return holds
    .filter((one) => one.released_at === null && one.cameras.includes(camera))
    .map((one) => ({
      start: msOf(one.start),
      end: msOf(one.end),
      label: [one.case, one.reason].filter(Boolean).join(': '),
    }));
}

/** The items of a lane at an instant, or within `near` milliseconds of one that is an instant. */
export function itemsAt(lane: Lane, instant: number, near: number): Item[] {
  return lane.items.filter((one) => {
    const wide = one.start === one.end ? near : 0;
    return one.start - wide <= instant && instant < one.end + Math.max(wide, 1);
  });
}

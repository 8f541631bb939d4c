/** What the timeline shows of a camera beside its recording: hits, the case's exhibits, holds. Pure. */
import type { Answer, Schemas } from '../api';
import { msOf } from '../time';

export type LaneName = 'hits' | 'exhibits' | 'holds';

/** A stretch of a lane, or an instant where both ends are the same; in milliseconds since 1970. */
export interface Item {
  start: number;
  end: number;
  /** The item in words, e.g. the label of an exhibit. */
  label: string;
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

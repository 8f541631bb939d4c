/** Moments that a person has chosen in an answer, to do something with all of them. Pure. */
import type { Moment } from './api';
import { partOf } from './parts';
import type { Part } from './route';
import { msOf } from './time';

export interface Selection {
  chosen: ReadonlySet<string>;
  /** The moment chosen or left last, from which a range reaches; empty: none. */
  anchor: string;
}

export const NOTHING: Selection = { chosen: new Set(), anchor: '' };

/**
 * The selection after a moment was ticked.
 *
 * `order` are all moments as shown. With `range`, all moments from the anchor to the moment become
 * as the anchor is.
 */
export function ticked(
  now: Selection,
  order: readonly string[],
  moment: string,
  range: boolean,
): Selection {
  const chosen = new Set(now.chosen);
  const from = range ? order.indexOf(now.anchor) : -1;
  const to = order.indexOf(moment);
  const on = from < 0 ? !chosen.has(moment) : chosen.has(now.anchor);
  const between = from < 0 ? [moment] : order.slice(Math.min(from, to), Math.max(from, to) + 1);
  for (const one of between) {
    if (on) chosen.add(one);
    else chosen.delete(one);
  }
  return { chosen, anchor: moment };
}

/** The footage of moments, to whole milliseconds outwards; a lasting view has several parts. */
export function footageOf(moments: readonly Moment[]): Part[] {
  return moments.flatMap((moment) =>
    [{ start: moment.start, end: moment.end }, ...moment.also].map(({ start, end }) =>
      partOf(moment.camera, msOf(start), msOf(end)),
    ),
  );
}

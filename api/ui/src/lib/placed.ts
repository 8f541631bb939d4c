/** Whether a hold stands whose answer was lost: placed again, two would stand. Pure. */
import type { Schemas } from './api';
import type { Problem } from './problem';
import { msOf } from './time';

type Hold = Schemas['HoldOut'];

/** Whether a request may have been carried out although it failed. */
export function mayBeDone({ kind, status }: Problem): boolean {
  return kind === 'offline' || status >= 500;
}

/** The hold that a person asked for in these words, among those that stand; null: none does. */
export function standing(
  holds: readonly Hold[],
  asked: Schemas['HoldIn'],
  person: string,
): Hold | null {
  const same = (one: Hold): boolean =>
    one.released_at === null &&
    one.placed_by === person &&
    one.authority === asked.authority &&
    one.reason === asked.reason &&
    one.case === asked.case &&
    msOf(one.start) === msOf(asked.from) &&
    msOf(one.end) === msOf(asked.to) &&
    one.sites.length + one.districts.length === 0 &&
    one.near === null &&
    [...one.cameras].sort().join() === [...(asked.cameras ?? [])].sort().join();
  return holds.find(same) ?? null;
}

/** What is told of a hold that stands, where the answer to its placing was lost. */
export function toldOf(hold: Hold): Schemas['PlacedOut'] {
  return {
    ...hold,
    segments: null,
    bytes: null,
    strength: null,
    strength_seen: null,
    already_gone: null,
    missing: [],
    unmarked: [],
    sound: false,
    marks_pending: '',
    nothing_stored: null,
  };
}

/** How a film that is off the common clock comes back to it. Pure. */

/** Off by more than this at 1x, a film is sent to its place; by less, it runs faster or slower. */
const SENT_BEYOND_MS = 400;
/** Off by less than this at 1x, a film is left alone: less than half a picture at 60 a second. */
const LEFT_WITHIN_MS = 8;
/** Time in which a film that runs faster or slower makes up for what it is off. */
const WITHIN_MS = 600;
const MOST = 0.24;
/** Speeds are set in steps, so that a film is not given another speed at each look. */
const STEP = 0.02;

export type Correction = { to: 'seek' } | { to: 'rate'; rate: number };

/**
 * What to do with a film that is ahead of the common clock by `aheadMs` (behind: negative), where the
 * clock runs at `rate` times the speed of the recording.
 */
export function correction(aheadMs: number, rate: number): Correction {
  const off = Math.abs(aheadMs);
  const wide = Math.max(1, rate);
  if (off > SENT_BEYOND_MS * wide) return { to: 'seek' };
  if (off < LEFT_WITHIN_MS * wide) return { to: 'rate', rate };
  const share = -aheadMs / (WITHIN_MS * rate);
  const nudge = Math.round(Math.min(MOST, Math.max(-MOST, share)) / STEP) * STEP;
  return { to: 'rate', rate: rate * (1 + nudge) };
}

/** What a player has at an instant, or null where that is not known yet. */
export interface Standing {
  /** Whether footage of the instant is at hand. */
  footage: boolean;
  /** Wall time at which footage goes on; null where none is known of. */
  next: number | null;
}

/**
 * The instant at which play goes on: the one asked for where any player has footage of it or is not
 * known yet, else the first at which one has; null where none has any.
 */
export function goesOnAt(at: number, players: readonly (Standing | null)[]): number | null {
  if (players.length === 0 || players.some((one) => one === null || one.footage)) return at;
  const next = players.flatMap((one) => (one?.next != null ? [one.next] : []));
  return next.length > 0 ? Math.min(...next) : null;
}

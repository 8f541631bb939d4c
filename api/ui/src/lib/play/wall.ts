/** Between the time of a player's media and the wall clock, by a playlist's dated pieces. Pure. */
import type { Standing } from './keeping_step';

export interface Piece {
  /** Start in the media, in seconds. */
  start: number;
  duration: number;
  /** Wall time of the start, in milliseconds since 1970. */
  wall: number;
  /** Pieces of one number follow each other without a gap or restart. */
  stretch: number;
}

/** Milliseconds of wall time that the media of a piece shows. */
function shown(pieces: readonly Piece[], index: number): number {
  const piece = pieces[index] as Piece;
  const next = pieces[index + 1];
  // Media of a camera with a wrong rate lasts longer or shorter than the wall time it shows.
  return next !== undefined && next.stretch === piece.stretch && next.wall > piece.wall
    ? next.wall - piece.wall
    : piece.duration * 1000;
}

/** Wall time at a time of the media; null without pieces. */
export function wallAt(pieces: readonly Piece[], media: number): number | null {
  if (pieces.length === 0) return null;
  let at = pieces.findIndex((piece) => media < piece.start + piece.duration);
  if (at < 0) at = pieces.length - 1;
  const piece = pieces[at] as Piece;
  const share =
    piece.duration > 0 ? Math.min(1, Math.max(0, (media - piece.start) / piece.duration)) : 0;
  return piece.wall + share * shown(pieces, at);
}

export interface Found {
  media: number;
  /** Wall time of that media: later than asked where nothing was recorded at the time. */
  wall: number;
  /** Whether the time asked for is in the media. */
  exact: boolean;
}

/** The media of a wall time, or the next media behind it; null where there is none. */
export function mediaAt(pieces: readonly Piece[], wall: number): Found | null {
  for (const [index, piece] of pieces.entries()) {
    const length = shown(pieces, index);
    if (wall < piece.wall) return { media: piece.start, wall: piece.wall, exact: false };
    if (wall < piece.wall + length) {
      const share = length > 0 ? (wall - piece.wall) / length : 0;
      return { media: piece.start + share * piece.duration, wall, exact: true };
    }
  }
  return null;
}

/** Wall time up to which the pieces reach; null without pieces. */
export function endOf(pieces: readonly Piece[]): number | null {
  const last = pieces.length - 1;
  return last < 0 ? null : (pieces[last] as Piece).wall + shown(pieces, last);
}

/** Whether the pieces have footage of an instant, and else where footage goes on. */
export function footageAt(pieces: readonly Piece[], wall: number): Standing {
  const found = mediaAt(pieces, wall);
  return { footage: found?.exact ?? false, next: found?.wall ?? null };
}

/** Seconds of media that show a second of wall time. */
export function paceAt(pieces: readonly Piece[], media: number): number {
  const at = pieces.findIndex((piece) => media < piece.start + piece.duration);
  const piece = pieces[at];
  if (piece === undefined) return 1;
  const length = shown(pieces, at);
  return length > 0 ? (piece.duration * 1000) / length : 1;
}

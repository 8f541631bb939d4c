import { describe, expect, it } from 'vitest';
import { endOf, footageAt, mediaAt, paceAt, wallAt, type Piece } from './wall';

// Two pieces in a row of which the first shows 12 s of wall time in 10 s, then a gap of 100 s.
const PIECES: Piece[] = [
  { start: 0, duration: 10, wall: 1_000_000, stretch: 0 },
  { start: 10, duration: 10, wall: 1_012_000, stretch: 0 },
  { start: 20, duration: 5, wall: 1_122_000, stretch: 1 },
];

describe('the wall clock of a player', () => {
  it('goes in proportion between two dates of a stretch', () => {
    expect(wallAt(PIECES, 5)).toBe(1_006_000);
    expect(wallAt(PIECES, 15)).toBe(1_017_000);
  });

  it('jumps over a gap', () => {
    expect(wallAt(PIECES, 19.5)).toBe(1_021_500);
    expect(wallAt(PIECES, 20)).toBe(1_122_000);
  });

  it('stays within what the pieces show', () => {
    expect(wallAt(PIECES, -1)).toBe(1_000_000);
    expect(wallAt(PIECES, 99)).toBe(1_127_000);
    expect(wallAt([], 3)).toBeNull();
    expect(endOf(PIECES)).toBe(1_127_000);
    expect(endOf([])).toBeNull();
  });
});

describe('the media of a wall time', () => {
  it('is found again by the way back', () => {
    for (const media of [0, 3, 10, 19.9, 20, 24]) {
      const wall = wallAt(PIECES, media) as number;
      expect(mediaAt(PIECES, wall)?.media).toBeCloseTo(media, 6);
      expect(mediaAt(PIECES, wall)?.exact).toBe(true);
    }
  });

  it('in a gap is the next recorded, and says so', () => {
    expect(mediaAt(PIECES, 1_060_000)).toEqual({ media: 20, wall: 1_122_000, exact: false });
    expect(mediaAt(PIECES, 1_000)).toEqual({ media: 0, wall: 1_000_000, exact: false });
  });

  it('behind the end is none', () => {
    expect(mediaAt(PIECES, 1_127_000)).toBeNull();
    expect(mediaAt([], 0)).toBeNull();
  });
});

describe('the footage of a wall time', () => {
  it('is at hand, or goes on later, or never', () => {
    expect(footageAt(PIECES, 1_003_000)).toEqual({ footage: true, next: 1_003_000 });
    expect(footageAt(PIECES, 1_050_000)).toEqual({ footage: false, next: 1_122_000 });
    expect(footageAt(PIECES, 1_200_000)).toEqual({ footage: false, next: null });
  });

  it('is played at the pace of the wall clock', () => {
    expect(paceAt(PIECES, 5)).toBeCloseTo(10 / 12);
    expect(paceAt(PIECES, 15)).toBe(1);
    expect(paceAt(PIECES, 99)).toBe(1);
  });
});

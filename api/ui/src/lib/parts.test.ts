import { describe, expect, it } from 'vitest';
import { bytes, groupsOf, partOf, withoutTwins } from './parts';

describe('parts of footage', () => {
  it('are widened to whole milliseconds', () => {
    expect(partOf('a', 0.5, 1.2)).toEqual({ camera: 'a', fromMs: 0, toMs: 2 });
    expect(partOf('a', 5, 5)).toEqual({ camera: 'a', fromMs: 5, toMs: 6 });
  });

  it('stand once', () => {
    const parts = [partOf('a', 1, 2), partOf('a', 1, 3), partOf('a', 1, 2)];
    expect(withoutTwins(parts)).toEqual(parts.slice(0, 2));
  });

  it('are grouped by interval', () => {
    const parts = [partOf('b', 5, 9), partOf('a', 5, 9), partOf('c', 1, 2), partOf('a', 5, 9)];
    expect(groupsOf(parts)).toEqual([
      { fromMs: 1, toMs: 2, cameras: ['c'] },
      { fromMs: 5, toMs: 9, cameras: ['a', 'b'] },
    ]);
  });
});

describe('a number of bytes', () => {
  it('has a unit that people read', () => {
    expect(bytes(1_234_567, 'en-GB')).toBe('1.2 MB');
    expect(bytes(999_700, 'en-GB')).toBe('1 MB');
    expect(bytes(345_678_000_000, 'en-GB')).toBe('346 GB');
    expect(bytes(12, 'en-GB')).toBe('12 bytes');
  });
});

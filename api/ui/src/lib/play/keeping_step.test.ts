import { describe, expect, it } from 'vitest';
import { correction, goesOnAt } from './keeping_step';

describe('a film that is off the common clock', () => {
  it('is left alone where nobody sees a difference', () => {
    expect(correction(5, 1)).toEqual({ to: 'rate', rate: 1 });
    expect(correction(-30, 4)).toEqual({ to: 'rate', rate: 4 });
  });

  it('runs slower where it is ahead and faster where it is behind', () => {
    const [ahead, behind] = [correction(60, 1), correction(-60, 1)];
    expect(ahead).toEqual({ to: 'rate', rate: 0.9 });
    expect(behind).toEqual({ to: 'rate', rate: 1.1 });
  });

  it('never runs at less than a quarter slower or faster than the clock', () => {
    expect(correction(390, 1)).toMatchObject({ rate: expect.closeTo(0.76, 5) as number });
    expect(correction(-390, 0.25)).toMatchObject({ rate: expect.closeTo(0.31, 5) as number });
  });

  it('is sent to its place where it is far off', () => {
    expect(correction(500, 1)).toEqual({ to: 'seek' });
    expect(correction(-500, 1)).toEqual({ to: 'seek' });
    expect(correction(500, 8)).not.toEqual({ to: 'seek' });
  });
});

describe('play where footage ends', () => {
  const footage = { footage: true, next: null };
  const gap = (next: number | null) => ({ footage: false, next });

  it('goes on while any camera has footage, or may have', () => {
    expect(goesOnAt(5, [gap(9), footage])).toBe(5);
    expect(goesOnAt(5, [gap(9), null])).toBe(5);
  });

  it('goes on at the first footage of any camera', () => {
    expect(goesOnAt(5, [gap(9), gap(null), gap(7)])).toBe(7);
  });

  it('goes on nowhere where no camera has any', () => {
    expect(goesOnAt(5, [gap(null), gap(null)])).toBeNull();
  });
});

import { describe, expect, it } from 'vitest';
import { parseRoute } from '../route';
import {
  addressOf,
  enlarged,
  marked,
  shownOf,
  withCamera,
  withoutCamera,
  type Shown,
} from './address';

const SHOWN: Shown = {
  cameras: ['a', 'b', 'c'],
  chosen: 'b',
  large: true,
  at: Date.parse('2026-11-22T15:08:23.547Z'),
  span: 60_000,
  from: Date.parse('2026-11-22T15:08:00Z'),
  to: null,
};

describe('the address of the player', () => {
  it('holds all that is shown', () => {
    expect(shownOf(parseRoute(addressOf(SHOWN)).query)).toEqual(SHOWN);
  });

  it('names one camera as short as may be', () => {
    const shown = shownOf(new URLSearchParams('camera=a&at=2026-11-22T15:00:00Z'));
    expect(addressOf(shown)).toBe('#/play?camera=a&at=2026-11-22T15%3A00%3A00.000Z');
    expect(shown.chosen).toBe('a');
  });

  it('shows nine cameras at most, each once', () => {
    const query = new URLSearchParams([...'aabcdefghijk'].map((one) => ['camera', one]));
    expect(shownOf(query).cameras).toEqual([...'abcdefghi']);
  });

  it('adds, removes and enlarges cameras', () => {
    expect(withCamera(SHOWN, 'd').cameras).toEqual(['a', 'b', 'c', 'd']);
    expect(withCamera(SHOWN, 'a')).toBe(SHOWN);
    expect(withoutCamera(SHOWN, 'b')).toMatchObject({ cameras: ['a', 'c'], chosen: 'a' });
    expect(withoutCamera(SHOWN, 'a').chosen).toBe('b');
    expect(enlarged(SHOWN, 'b').large).toBe(false);
    expect(enlarged(SHOWN, 'c')).toMatchObject({ chosen: 'c', large: true });
  });

  it('marks an interval that has the pictures of both ends', () => {
    const free = { ...SHOWN, from: null, to: null };
    const both = marked(marked(free, 'in', 1000.5), 'out', 2000);
    expect(both).toMatchObject({ from: 1000, to: 2001 });
    expect(marked(both, 'out', 900)).toMatchObject({ from: null, to: 901 });
    expect(marked(both, 'in', 3000)).toMatchObject({ from: 3000, to: null });
  });
});

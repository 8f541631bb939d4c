import { describe, expect, it } from 'vitest';
import type { Answer, Schemas } from '../api';
import { exhibitsOf, hitsOf, holdsOf, itemsAt } from './lanes';

const [NINE, TEN] = ['2026-11-22T09:00:00.000000Z', '2026-11-22T10:00:00.000000Z'] as const;
const [START, END] = [Date.parse(NINE), Date.parse(TEN)] as const;

describe('the lanes of a timeline', () => {
  it('have the moments of the camera alone', () => {
    const moments = ['a', 'b'].map((camera) => ({ camera, rank: 3, start: NINE, end: TEN }));
    const found = hitsOf({ moments } as unknown as Answer, 'b');
    expect(found).toEqual([{ start: START, end: END, label: '3' }]);
    expect(hitsOf(null, 'b')).toEqual([]);
  });

  it('show a bookmark as an instant, and no exhibit that is withheld', () => {
    const content = { cameras: ['a'], start: NINE, end: TEN, label: 'The car' };
    const exhibits = [
      { content: { ...content, kind: 'bookmark' } },
      { content: { ...content, kind: 'interval' } },
      { content: null },
    ] as unknown as Schemas['ExhibitOut'][];
    const found = exhibitsOf(exhibits, 'a');
    expect(found.map((one) => one.end - one.start)).toEqual([0, END - START]);
    expect(exhibitsOf(exhibits, 'b')).toEqual([]);
  });

  it('have holds until they are released', () => {
    const hold = { cameras: ['a'], start: NINE, end: TEN, case: 'FIR 7', reason: 'evidence' };
    const holds = [
      { ...hold, released_at: null },
      { ...hold, released_at: TEN },
    ] as unknown as Schemas['HoldOut'][];
    expect(holdsOf(holds, 'a')).toEqual([{ start: START, end: END, label: 'FIR 7: evidence' }]);
  });

  it('tell what is at an instant, near it for an instant alone', () => {
    const items = [
      { start: 100, end: 200, label: 'long' },
      { start: 300, end: 300, label: 'instant' },
    ];
    const at = (instant: number) =>
      itemsAt({ name: 'hits', items }, instant, 10).map((one) => one.label);
    expect([at(99), at(100), at(199), at(205)]).toEqual([[], ['long'], ['long'], []]);
    expect([at(289), at(291), at(309), at(311)]).toEqual([[], ['instant'], ['instant'], []]);
  });
});

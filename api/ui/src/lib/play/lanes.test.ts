import { describe, expect, it } from 'vitest';
import type { Answer, Schemas } from '../api';
import { changesOf, exhibitsOf, hitsOf, holdsOf, itemsAt, stretchesOf } from './lanes';

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

describe('the lane of changes', () => {
  const changes = {
    camera: 'one',
    start: '2026-11-22T10:00:00Z',
    end: '2026-11-22T10:00:04Z',
    change: [0, null, 0.004, 0.5],
  };
  const from = Date.parse(changes.start);

  it('has the parts that were looked at, the more they changed the stronger', () => {
    const [still, little, much, ...more] = changesOf(changes, String);
    expect(still).toEqual({ start: from, end: from + 1000, label: '0', weight: 0 });
    expect(little).toEqual({ start: from + 2000, end: from + 3000, label: '0.004', weight: 0.28 });
    expect(much).toEqual({ start: from + 3000, end: from + 4000, label: '0.5', weight: 1 });
    expect(more).toEqual([]);
    expect(changesOf(null, String)).toEqual([]);
  });

  it('is a few stretches in words, each with its strongest change', () => {
    const told = stretchesOf(
      changesOf({ ...changes, change: [0.01, 0, 0.02, 0.015] }, String),
      4000 * 6,
    );
    expect(told).toEqual([{ start: from, end: from + 4000, label: '0.02', weight: 0.4 }]);
    const apart = stretchesOf(changesOf({ ...changes, change: [0.01, 0, 0, 0.3] }, String), 4000);
    expect(apart.map(({ start, label }) => [start - from, label])).toEqual([
      [0, '0.01'],
      [3000, '0.3'],
    ]);
    expect(stretchesOf(changesOf({ ...changes, change: [0, null, 0, 0] }, String), 4000)).toEqual(
      [],
    );
  });
});

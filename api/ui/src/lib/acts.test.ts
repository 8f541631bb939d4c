import { expect, it } from 'vitest';
import { factsOf, linesOf } from './acts';

it('an act is told by what it was about, where and when', () => {
  expect(
    factsOf({
      cameras: ['dik-001-1'],
      text: 'a grey bus',
      start: '2026-11-22T15:00:00Z',
      limit: 9,
    }),
  ).toEqual({
    words: 'a grey bus',
    where: ['dik-001-1'],
    start: '2026-11-22T15:00:00Z',
    end: null,
  });
  expect(factsOf({ segment: 'dik-001/2026-11-29/dik-001-1/18/24.mp4' }).where).toEqual([
    'dik-001-1',
  ]);
  expect(factsOf({ bytes: 3 })).toEqual({ words: '', where: [], start: null, end: null });
});

it('facts stand as in a file', () => {
  expect(linesOf({ a: 'x', b: [1, 'y'] })).toEqual([
    ['a', 'x'],
    ['b', '[1,"y"]'],
  ]);
});

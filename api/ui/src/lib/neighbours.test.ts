import { expect, test } from 'vitest';
import type { Camera } from './api';
import { insideOf, neighboursOf } from './neighbours';

const at = (camera: string, lat: number, lon = 70.9): Camera =>
  ({ camera, lat, lon }) as unknown as Camera;
const all = [at('a', 31.83), at('b', 31.831), at('c', 31.8335), at('d', 31.9), at('e', 0, 0)];

test('neighbours are those within so many metres of any chosen camera, the nearest first', () => {
  const found = neighboursOf(all, new Set(['a']), 400);
  expect(found.map((one) => one.camera.camera)).toEqual(['b', 'c']);
  expect(found.map((one) => Math.round(one.metres))).toEqual([111, 389]);
  expect(neighboursOf(all, new Set(['a', 'd']), 400).map((one) => one.camera.camera)).toEqual([
    'b',
    'c',
  ]);
});

test('a camera without a position is nobody\u2019s neighbour', () => {
  expect(neighboursOf(all, new Set(['e']), 20_000_000)).toEqual([]);
  expect(neighboursOf(all, new Set(), 400)).toEqual([]);
});

test('a circle has the cameras that stand in it', () => {
  expect([...insideOf(all, { lat: 31.83, lon: 70.9, radius: 120 })]).toEqual(['a', 'b']);
});

import { expect, it } from 'vitest';
import type { Moment } from './api';
import { fromScore, scoresOf } from './scores';

const of = (...scores: number[]) =>
  scores.map((score) => ({ best: { score } })) as unknown as Moment[];
const left = (moments: Moment[]) => moments.map((one) => one.best.score);

it('a slider reaches from the least score to the most', () => {
  expect(scoresOf(of(0.25, 0.75, 0.5))).toEqual({ least: 0.25, most: 0.75, step: 0.0025 });
  expect(scoresOf(of(0.5, 0.5))).toBeNull();
  expect(scoresOf(of(0.5))).toBeNull();
  expect(scoresOf([])).toBeNull();
});

it('what lies below a score is left out, the best never', () => {
  const moments = of(0.75, 0.5, 0.25);
  expect(left(fromScore(moments, 0.5))).toEqual([0.75, 0.5]);
  expect(left(fromScore(moments, 0.9))).toEqual([0.75]);
  expect(left(fromScore(moments, null))).toEqual([0.75, 0.5, 0.25]);
  expect(fromScore([], 0.5)).toEqual([]);
});

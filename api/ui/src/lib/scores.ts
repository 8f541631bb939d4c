/** Moments by how alike they are: all from a score on, and how many lie below. Pure. */
import type { Moment } from './api';

const STEPS = 200;

export interface Scores {
  least: number;
  most: number;
  /** Distance of two places of the slider. */
  step: number;
}

/** The scores of moments; null where there is nothing to choose between. */
export function scoresOf(moments: readonly Moment[]): Scores | null {
  const scores = moments.map((one) => one.best.score);
  const least = Math.min(...scores);
  const most = Math.max(...scores);
  return moments.length < 2 || least === most
    ? null
    : { least, most, step: (most - least) / STEPS };
}

/** The moments from a score on; the best is always among them. */
export function fromScore(moments: readonly Moment[], least: number | null): Moment[] {
  if (least === null) return [...moments];
  const best = Math.max(...moments.map((one) => one.best.score));
  return moments.filter((one) => one.best.score >= Math.min(least, best));
}

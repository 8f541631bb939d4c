import { expect, it } from 'vitest';
import {
  boundsOf,
  circleOf,
  circleThrough,
  cornersOf,
  isInside,
  isPlaced,
  nearText,
  outlineOf,
} from './ground';
import { metres } from './places';

const at = (lat: number, lon: number) => ({ lat, lon });
const SQUARE = [at(0, 0), at(0, 2), at(2, 2), at(2, 0)];

it('an outline has the outer points alone, and all points inside', () => {
  const inner = [at(1, 1), at(0.5, 1.5), at(0, 1)];
  const outline = outlineOf([...inner, ...SQUARE]);
  expect(outline).toHaveLength(4);
  expect(new Set(outline)).toEqual(new Set(SQUARE));
  expect(isInside(at(1, 1), outline)).toBe(true);
  expect(outlineOf([at(1, 1)])).toEqual([at(1, 1)]);
  expect(outlineOf([])).toEqual([]);
});

it('inside is what a polygon goes around, also where it turns inwards', () => {
  const notched = [at(0, 0), at(0, 4), at(4, 4), at(1, 2), at(4, 0)];
  expect(isInside(at(3, 2), notched)).toBe(false);
  expect(isInside(at(0.5, 2), notched)).toBe(true);
  expect(isInside(at(1, 5), notched)).toBe(false);
  expect(isInside(at(1, 1), SQUARE.slice(0, 2))).toBe(false);
});

it('the corners of a circle lie on it', () => {
  const circle = { lat: 31.83, lon: 70.9, radius: 500 };
  for (const corner of cornersOf(circle)) {
    expect(Math.abs(metres(circle, corner) - 500)).toBeLessThan(2);
  }
  expect(circleThrough(circle, cornersOf(circle)[9] ?? circle).radius).toBeCloseTo(500, -1);
});

it('an address holds a circle', () => {
  const circle = { lat: 31.831234, lon: -70.9, radius: 500 };
  expect(nearText(circle)).toBe('31.831234,-70.9,500');
  expect(circleOf(nearText(circle))).toEqual(circle);
  expect(nearText(null)).toBe('');
  for (const text of [
    '',
    '1,2',
    '91,0,5',
    '0,181,5',
    '1,2,0',
    'a,b,c',
    '1,2,3,4',
    '1,2,Infinity',
  ]) {
    expect(circleOf(text), text).toBeNull();
  }
});

it('bounds hold all points; without points there are none', () => {
  const [west, south, east, north] = boundsOf([at(31, 70), at(32, 71)]) ?? [0, 0, 0, 0];
  expect(west < 70 && south < 31 && east > 71 && north > 32).toBe(true);
  expect(boundsOf([])).toBeNull();
  expect(isPlaced(at(0, 0))).toBe(false);
  expect(isPlaced(at(0, 70))).toBe(true);
});

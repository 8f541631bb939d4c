import { expect, it } from 'vitest';
import { en } from '../messages/en';
import { marksOf, offsetOf, stepOf } from './ruler';
import { duration, instantOf, msOf, when } from './time';

it('an instant of the API keeps its microseconds', () => {
  expect(msOf('2026-11-22T15:08:23.547125Z')).toBeCloseTo(
    Date.UTC(2026, 10, 22, 15, 8, 23) + 547.125,
  );
  expect(msOf('2026-11-22T15:08:23Z')).toBe(Date.UTC(2026, 10, 22, 15, 8, 23));
  expect(instantOf(msOf('2026-11-22T15:08:23.547000Z'))).toBe('2026-11-22T15:08:23.547Z');
});

it('a time is told in the zone of the site, with UTC beside it', () => {
  const told = when(Date.UTC(2026, 10, 22, 20, 8, 23), 'Asia/Karachi', 'en-GB');
  expect(told).toEqual({ date: '23 Nov 2026', time: '01:08:23', zone: 'PKT', utc: '20:08:23' });
  expect(when(0, 'Europe/Berlin', 'ur-PK').zone).toBe('CET');
  expect(when(0, 'UTC', 'en-GB').zone).toBe('UTC');
});

it('Urdu digits are a choice', () => {
  const at = Date.UTC(2026, 10, 22, 20, 8, 23);
  expect(when(at, 'Asia/Karachi', 'ur-PK-u-nu-arabext').time).toBe('۰۱:۰۸:۲۳');
  expect(when(at, 'Asia/Karachi', 'ur-PK-u-nu-latn').time).toBe('01:08:23');
});

it('a duration has its two largest units and is never longer than it is', () => {
  const told = (seconds: number) => duration(seconds, en.duration, String);
  expect(told(3 * 3600 + 55 * 60 + 59.9)).toBe('3 h 55 min');
  expect(told(86400 * 30)).toBe('30 d');
  expect(told(59.99)).toBe('59 s');
  expect(told(0.29)).toBe('0.2 s');
  expect(told(0)).toBe('0 s');
});

it('marks of a ruler lie on round local times, also in zones of half an hour', () => {
  const start = Date.UTC(2026, 10, 22, 20, 8, 23);
  const marks = marksOf(start, start + 6 * 3600_000, 'Asia/Kolkata', 8);
  expect(marks.length).toBeLessThanOrEqual(8);
  for (const mark of marks) {
    expect(when(mark, 'Asia/Kolkata', 'en-GB').time).toMatch(/^\d\d:00:00$/);
  }
  expect(offsetOf(start, 'Asia/Kolkata')).toBe(5.5 * 3600_000);
  expect(stepOf(60_000, 10)).toBe(10);
});

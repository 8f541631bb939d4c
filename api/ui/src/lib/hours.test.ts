import { expect, it } from 'vitest';
import { hoursOf, hoursText, hoursWords } from './hours';

it('hours are written as the API takes them', () => {
  expect(hoursText({ days: ['fri', 'mon'], from: '22:00', to: '04:00' })).toBe(
    'mon,fri 22:00-04:00',
  );
  expect(hoursText({ days: [], from: '22:00', to: '04:00' })).toBe('22:00-04:00');
  expect(hoursText({ days: [], from: '22:00', to: '' })).toBe('22:00-24:00');
  expect(hoursText({ days: ['sat'], from: '', to: '' })).toBe('sat');
  expect(hoursText({ days: [], from: '', to: '' })).toBe('');
  expect(hoursText({ days: [], from: '00:00', to: '00:00' })).toBe('');
});

it('hours are read as people write them', () => {
  expect(hoursOf('Mon-Wed,sat 8:00 - 18:30')).toEqual({
    days: ['mon', 'tue', 'wed', 'sat'],
    from: '08:00',
    to: '18:30',
  });
  expect(hoursOf('fri-mon')?.days).toEqual(['fri', 'sat', 'sun', 'mon']);
  expect(hoursOf('22:00-04:00')).toEqual({ days: [], from: '22:00', to: '04:00' });
  for (const text of ['', 'foo', 'mon-', 'at night', '22-4'])
    expect(hoursOf(text), text).toBeNull();
});

it('hours are told with the names of the weekdays', () => {
  const names = ['پیر', 'منگل', 'بدھ', 'جمعرات', 'جمعہ', 'ہفتہ', 'اتوار'];
  expect(hoursWords('sat-sun 22:00-04:00', names)).toBe('ہفتہ, اتوار 22:00–04:00');
  expect(hoursWords('8:00-9:00', names)).toBe('08:00–09:00');
  expect(hoursWords('mon', names)).toBe('پیر');
  expect(hoursWords('at night', names)).toBe('at night');
});

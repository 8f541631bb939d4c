import { expect, it } from 'vitest';
import type { Schemas } from './api';
import { mayBeDone, standing } from './placed';
import { Problem } from './problem';

const asked: Schemas['HoldIn'] = {
  cameras: ['b', 'a'],
  sites: [],
  districts: [],
  near: '',
  from: '2026-11-22T09:00:00.000Z',
  to: '2026-11-22T10:00:00.000Z',
  authority: 'Sessions Court',
  reason: 'theft',
  case: 'FIR 1/2026',
  purpose: 'theft',
};
const hold: Schemas['HoldOut'] = {
  hold: 'hold-1',
  cameras: ['a', 'b'],
  sites: [],
  districts: [],
  near: null,
  start: '2026-11-22T09:00:00.000000Z',
  end: '2026-11-22T10:00:00.000000Z',
  authority: 'Sessions Court',
  reason: 'theft',
  placed_by: 'amina',
  placed_at: '2026-11-23T00:00:00.000000Z',
  case: 'FIR 1/2026',
  order: null,
  released_at: null,
};

it('a hold in the same words, of the same person and footage, is the one asked for', () => {
  expect(standing([hold], asked, 'amina')).toBe(hold);
});

it.each([
  { placed_by: 'omar' },
  { released_at: '2026-11-23T00:00:00.000000Z' },
  { reason: 'robbery' },
  { end: '2026-11-22T10:00:00.001000Z' },
  { cameras: ['a'] },
  { sites: ['site-1'] },
])('another hold is not: %o', (other) => {
  expect(standing([{ ...hold, ...other }], asked, 'amina')).toBeNull();
});

it('a refusal is no lost answer', () => {
  const of = (kind: string, status: number) => mayBeDone(new Problem(kind, status, '', ''));
  expect([of('offline', 0), of('unavailable', 503), of('refused', 409)]).toEqual([
    true,
    true,
    false,
  ]);
});

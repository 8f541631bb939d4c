import { expect, it } from 'vitest';
import type { Moment } from './api';
import { footageOf, NOTHING, ticked } from './selection';

const ORDER = ['7.1', '7.2', '7.3', '7.4', '7.5'];
const of = (...chosen: string[]) => new Set(chosen);

it('a tick chooses a moment, another tick leaves it', () => {
  const once = ticked(NOTHING, ORDER, '7.2', false);
  expect(once).toEqual({ chosen: of('7.2'), anchor: '7.2' });
  expect(ticked(once, ORDER, '7.2', false).chosen).toEqual(of());
});

it('a range reaches from the last tick, both ways', () => {
  const once = ticked(NOTHING, ORDER, '7.4', false);
  expect(ticked(once, ORDER, '7.2', true).chosen).toEqual(of('7.2', '7.3', '7.4'));
  expect(ticked(once, ORDER, '7.5', true).chosen).toEqual(of('7.4', '7.5'));
});

it('a range from a moment that was left leaves all between', () => {
  const all = { chosen: of(...ORDER), anchor: '' };
  const left = ticked(all, ORDER, '7.2', false);
  expect(ticked(left, ORDER, '7.4', true).chosen).toEqual(of('7.1', '7.5'));
});

it('a range without an anchor that is shown is a tick', () => {
  const gone = { chosen: of('6.9'), anchor: '6.9' };
  expect(ticked(gone, ORDER, '7.3', true).chosen).toEqual(of('6.9', '7.3'));
});

it('footage covers the moment and each further part of a lasting view', () => {
  const moment = {
    camera: 'dik-001-1',
    start: '2026-11-22T15:08:23.547999Z',
    end: '2026-11-22T15:08:24.000001Z',
    also: [{ start: '2026-11-22T16:00:00.000000Z', end: '2026-11-22T16:00:00.000000Z' }],
  } as unknown as Moment;
  const at = (text: string) => Date.parse(text);
  expect(footageOf([moment])).toEqual([
    {
      camera: 'dik-001-1',
      fromMs: at('2026-11-22T15:08:23.547Z'),
      toMs: at('2026-11-22T15:08:24.001Z'),
    },
    {
      camera: 'dik-001-1',
      fromMs: at('2026-11-22T16:00:00.000Z'),
      toMs: at('2026-11-22T16:00:00.001Z'),
    },
  ]);
});

import { expect, it } from 'vitest';
import { href, parseRoute, partParameters, partsOf } from './route';

const PARTS = [
  { camera: 'bnu-001-c2', fromMs: 1_763_800_000_123, toMs: 1_763_800_004_000 },
  { camera: 'dik-004-c1', fromMs: 1_763_800_000_000, toMs: 1_763_800_060_000 },
];

it('an address names footage of several cameras, and the case', () => {
  const { path, query } = parseRoute(href('/hold', partParameters(PARTS, 'FIR 211/2026')));
  expect(path).toBe('/hold');
  expect(query.get('parts')).toBe(
    'bnu-001-c2/1763800000123/1763800004000,dik-004-c1/1763800000000/1763800060000',
  );
  expect(query.get('case')).toBe('FIR 211/2026');
  expect(partsOf(query)).toEqual(PARTS);
});

it('an address without parts names no footage', () => {
  expect(partsOf(parseRoute('#/export').query)).toEqual([]);
  expect(parseRoute(href('/export', partParameters([]))).query.has('case')).toBe(false);
});

it.each(['a/1', 'a/2/2', 'a/3/2', 'a/x/2', '/1/2', 'a/1/2,b', 'a/1/2/3', 'a/-1/2'])(
  'nothing is left out silently: %s',
  (text) => {
    expect(partsOf(new URLSearchParams({ parts: text }))).toBeNull();
  },
);

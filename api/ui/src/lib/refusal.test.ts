import { expect, it } from 'vitest';
import { refusalOf } from './refusal';

const of = (query: string) => refusalOf(new URLSearchParams(query));

it('a refusal has its kind, the request, and whom an administrator must link', () => {
  const told = of('refused=no-account&request=0a1b2c3d&subject=CgVzYWRpYRIFbG9jYWw');
  expect([told?.problem.kind, told?.problem.request]).toEqual(['no-account', '0a1b2c3d']);
  expect(told?.subject).toBe('CgVzYWRpYRIFbG9jYWw');
});

it('an address that somebody made up says nothing of its own', () => {
  expect(of('refused=Call+this+number')).toBeNull();
  expect(of('subject=abc')).toBeNull();
  const told = of('refused=no-account&request=call+me&subject=call+me');
  expect([told?.problem.request, told?.subject]).toEqual(['', '']);
  expect(of('refused=provider-unavailable&subject=abc')?.subject).toBe('');
});

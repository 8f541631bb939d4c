import { expect, it } from 'vitest';
import { chunksOf, columnsOf, stepFrom } from './chunks';

it('as many columns as fit, one at least', () => {
  expect(columnsOf(1280, 280, 16)).toBe(4);
  expect(columnsOf(280 * 4 + 16 * 3, 280, 16)).toBe(4);
  expect(columnsOf(280 * 4 + 16 * 3 - 1, 280, 16)).toBe(3);
  expect(columnsOf(0, 280, 16)).toBe(1);
});

it('chunks are whole rows, and lose no card', () => {
  const all = Array.from({ length: 10_000 }, (_, index) => index);
  const chunks = chunksOf(all, 3, 5);
  expect(chunks.flatMap((one) => one.cards)).toEqual(all);
  expect(chunks.every((one) => one.cards[0] === one.first && one.first % 3 === 0)).toBe(true);
  expect(chunksOf([], 3, 5)).toEqual([]);
});

it('arrow keys go from card to card, in the direction of writing', () => {
  expect(stepFrom(5, 'ArrowRight', 4, 10, false)).toBe(6);
  expect(stepFrom(5, 'ArrowRight', 4, 10, true)).toBe(4);
  expect(stepFrom(5, 'ArrowDown', 4, 10, true)).toBe(9);
  expect(stepFrom(6, 'ArrowDown', 4, 10, false)).toBe(6);
  expect(stepFrom(0, 'ArrowLeft', 4, 10, false)).toBe(0);
  expect(stepFrom(3, 'End', 4, 10, false)).toBe(9);
  expect(stepFrom(3, 'Home', 4, 10, false)).toBe(0);
});

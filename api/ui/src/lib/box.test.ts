import { expect, it } from 'vitest';
import { boxAfter, boxBetween, boxOf, boxText, WHOLE } from './box';

it('a box between any two corners lies inside the picture', () => {
  expect(boxBetween({ x: 0.5, y: 0.75 }, { x: 0.25, y: 0.25 })).toEqual({
    x: 0.25,
    y: 0.25,
    w: 0.25,
    h: 0.5,
  });
  expect(boxBetween({ x: -1, y: 0.5 }, { x: 2, y: 3 })).toEqual({ x: 0, y: 0.5, w: 1, h: 0.5 });
  expect(boxBetween({ x: 0.5, y: 0.5 }, { x: 0.51, y: 0.9 })).toBeNull();
});

it('arrow keys move a box and change its size, inside the picture', () => {
  const box = { x: 0.5, y: 0, w: 0.5, h: 0.5 };
  expect(boxAfter(box, 'ArrowRight', false, 0.1)).toEqual(box);
  expect(boxAfter(box, 'ArrowLeft', false, 0.1).x).toBe(0.4);
  expect(boxAfter(box, 'ArrowDown', true, 0.1).h).toBe(0.6);
  expect(boxAfter(WHOLE, 'ArrowRight', true)).toEqual(WHOLE);
  expect(boxAfter({ ...box, w: 0.03 }, 'ArrowLeft', true, 0.1).w).toBe(0.02);
});

it('an address holds a box', () => {
  const box = { x: 0.125, y: 0, w: 0.5, h: 0.3333 };
  expect(boxOf(boxText(box))).toEqual(box);
  expect(boxText(null)).toBe('');
  for (const text of ['', '1', '0,0,1', '0,0,0,1', '0.5,0,0.6,1', 'a,b,c,d', '0,0,1,1,1']) {
    expect(boxOf(text), text).toBeNull();
  }
});

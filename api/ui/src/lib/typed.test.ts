import { expect, it } from 'vitest';
import { questionOf } from './question';
import { takenFrom, typedIn, withoutTyped } from './typed';

const EMPTY = questionOf(new URLSearchParams());

it('tells what is left out and what is named', () => {
  const text = 'red pickup -truck -"white roof" camera:dik-001-1 From:"yesterday 18:00"';
  expect(typedIn(text).map(({ kind, value }) => [kind, value])).toEqual([
    ['without', 'truck'],
    ['without', 'white roof'],
    ['camera', 'dik-001-1'],
    ['from', 'yesterday 18:00'],
  ]);
});

it.each(['t-shirt', 'a - b', 'camera:', '-"', 'encamera:x', 'hours: 8'])(
  'nothing is typed in %s but words',
  (text) => {
    expect(typedIn(text)).toEqual([]);
  },
);

it('something typed can be taken out again', () => {
  const text = 'red -truck pickup';
  const [one] = typedIn(text);
  expect(one && withoutTyped(text, one)).toBe('red pickup');
});

it('times, hours and places go into their fields, what is left out stays', () => {
  const text = 'site:gate red to:now -truck hours:"sat 22:00-04:00" site:bazaar from:2h-ago';
  const taken = takenFrom({ ...EMPTY, text, near: '1,2,3', from: 'today' });
  expect(taken).toMatchObject({
    text: 'red -truck',
    from: '2h-ago',
    to: 'now',
    hours: 'sat 22:00-04:00',
    near: '',
    chosen: { districts: [], sites: ['gate', 'bazaar'], cameras: [] },
  });
  const plain = { ...EMPTY, text: 'red  -truck', near: '1,2,3' };
  expect(takenFrom(plain)).toEqual(plain);
});

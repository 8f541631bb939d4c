import { expect, it } from 'vitest';
import { missedOf } from './coverage';
import { asksSomething, bodyOf, parametersOf, questionOf, type Question } from './question';
import { href, parseRoute } from './route';

const ASKED: Question = {
  text: 'red pickup & -truck?',
  from: 'yesterday 18:00',
  to: '2h ago',
  hours: 'mon,fri 22:00-04:00',
  chosen: { districts: ['dik'], sites: ['bnu-001', 'bnu-002'], cameras: [] },
  near: '31.83,70.9,500',
  like: '13.1',
  picture: '',
  box: { x: 0.25, y: 0.5, w: 0.5, h: 0.25 },
  limit: 200,
  all: true,
};

it('the address holds the whole question', () => {
  const { path, query } = parseRoute(href('/investigate', parametersOf(ASKED)));
  expect(path).toBe('/investigate');
  expect(questionOf(query)).toEqual(ASKED);
  expect(questionOf(parseRoute('').query)).toMatchObject({ text: '', limit: 40, all: false });
  expect(questionOf(parseRoute('#/investigate?limit=999999').query).limit).toBe(40);
});

it('an address without parameters is a path alone', () => {
  expect(href('/play', { camera: '' })).toBe('#/play');
  expect(parseRoute('#nonsense').path).toBe('/');
});

it('a question needs a text or an example', () => {
  const empty = questionOf(new URLSearchParams());
  expect(asksSomething(empty)).toBe(false);
  expect(asksSomething({ ...empty, picture: '1' })).toBe(true);
  expect(asksSomething({ ...empty, text: ' x ' })).toBe(true);
});

it('the body names the case, and weak moments where they were asked for', () => {
  const by = { case: 'FIR 1', purpose: 'theft' };
  expect(bodyOf(ASKED, [], by)).toMatchObject({ ...by, like: '13.1', threshold: -1 });
  expect(bodyOf(ASKED, [], by).box).toEqual(ASKED.box);
  expect(bodyOf({ ...ASKED, like: '' }, [], by).box).toBeNull();
  expect(bodyOf({ ...ASKED, all: false, from: ' ' }, [], by)).toMatchObject({
    from: null,
    threshold: null,
  });
});

it('time not searched is put together by reason, what was recorded first', () => {
  const part = (camera: string, reason: string, from: number, to: number) => ({
    camera,
    reason,
    start: new Date(from * 1000).toISOString(),
    end: new Date(to * 1000).toISOString(),
    detail: '',
  });
  const missed = missedOf([
    part('a', 'camera_lost', 0, 100),
    part('a', 'not_indexed', 100, 110),
    part('b', 'camera_lost', 0, 300),
    part('a', 'camera_lost', 200, 250),
  ]);
  expect(missed.map((one) => [one.reason, one.seconds, one.cameras])).toEqual([
    ['not_indexed', 10, 1],
    ['camera_lost', 450, 2],
  ]);
  expect(missed[1]?.parts.map((one) => [one.camera, one.seconds])).toEqual([
    ['b', 300],
    ['a', 150],
  ]);
});

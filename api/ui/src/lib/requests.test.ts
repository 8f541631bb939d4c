import { expect, test } from 'vitest';
import { exportOf, isDoneHere, isOwn, type Request } from './requests';

const asked = {
  cameras: ['a', 'b'],
  start: '2026-11-22T06:00:00.000001Z',
  end: '2026-11-22T07:00:00.000000Z',
  originals: false,
  clips: false,
  recipient: 'Sessions Court',
  recipient_kind: 'court',
  near: [31.83, 70.9, 500],
};
const REQUEST = {
  request: 7,
  kind: 'export',
  state: 'approved',
  asked_by: 'Sadia',
  case: 'FIR 1',
  purpose: 'theft',
  asked,
} as unknown as Request;

test('an approved export is asked for to the microsecond, as it was approved', () => {
  const body = exportOf(REQUEST);
  expect(body).toMatchObject({ from: asked.start, to: asked.end, near: '31.83,70.9,500' });
  expect(body).toMatchObject({
    recipient: 'Sessions Court',
    recipient_kind: 'court',
    case: 'FIR 1',
  });
  expect(body).toMatchObject({ authority: '', sites: [] });
});

test('capitals make no second person, and clips are exported by command', () => {
  expect(isOwn(REQUEST, 'sadia')).toBe(true);
  expect(isOwn(REQUEST, 'amina')).toBe(false);
  expect(isDoneHere(REQUEST)).toBe(true);
  expect(isDoneHere({ ...REQUEST, asked: { ...asked, clips: true } })).toBe(false);
});

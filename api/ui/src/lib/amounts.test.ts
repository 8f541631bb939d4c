import { expect, it } from 'vitest';
import { bytes, days, keepText } from './amounts';

it('bytes are told in the largest unit that they fill', () => {
  expect(bytes(0, 'en-GB')).toBe('0 bytes');
  expect(bytes(999, 'en-GB')).toBe('999 bytes');
  expect(bytes(1_500_000_000, 'en-GB')).toBe('1.5 GB');
  expect(bytes(123_400_000_000_000, 'en-GB')).toBe('123 TB');
  expect(bytes(1_500, 'ur-PK-u-nu-arabext')).toContain('۱');
});

it('days are never more than there are', () => {
  expect(days(86_400 * 29.96, 'en-GB')).toBe('29');
  expect(days(86_400 * 1.99, 'en-GB')).toBe('1.9');
  expect(days(0, 'en-GB')).toBe('0');
});

it('a time to keep is written as in a policy file', () => {
  expect(keepText(86_400 * 30)).toBe('30d');
  expect(keepText(3_600 * 36)).toBe('36h');
});

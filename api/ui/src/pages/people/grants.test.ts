import { expect, it } from 'vitest';
import { draftOf, grantOf, NEW_GRANT } from './grants';

it('a grant comes back as it was read', () => {
  const grant = {
    role: 'auditor',
    districts: ['dik', 'bnu'],
    sites: [],
    recorded_from: '2026-11-22T10:00:00.000000Z',
    recorded_until: null,
    expires: null,
  } as const;
  expect(grantOf(draftOf({ ...grant, districts: [...grant.districts], sites: [] }))).toEqual(grant);
});

it('ids may have an Urdu comma between, and a day is a midnight', () => {
  const made = grantOf({ ...NEW_GRANT, sites: ' dik-001، dik-002 ', expires: '2037-06-30' });
  expect(made.sites).toEqual(['dik-001', 'dik-002']);
  expect(made.expires).toBe('2037-06-30T00:00:00Z');
  expect(made.recorded_from).toBeNull();
});

/** Grants as a form has them: texts and days. Pure. */
import type { Schemas } from '../../lib/api';

export interface GrantDraft {
  role: Schemas['Role'];
  /** Ids with commas between. */
  districts: string;
  sites: string;
  recorded_from: string;
  recorded_until: string;
  expires: string;
}

export const NEW_GRANT: GrantDraft = {
  role: 'investigator',
  districts: '',
  sites: '',
  recorded_from: '',
  recorded_until: '',
  expires: '',
};

export function draftOf(grant: Schemas['GrantBody']): GrantDraft {
  return {
    role: grant.role,
    districts: (grant.districts ?? []).join(', '),
    sites: (grant.sites ?? []).join(', '),
    recorded_from: grant.recorded_from ?? '',
    recorded_until: grant.recorded_until ?? '',
    expires: grant.expires ?? '',
  };
}

const idsOf = (text: string): string[] =>
  text
    .split(/[,،\s]+/)
    .map((one) => one.trim())
    .filter((one) => one !== '');

/** A day alone begins at midnight UTC; an instant stays as it was read. */
function instantOf(text: string): string | null {
  const clean = text.trim();
  if (clean === '') return null;
  return /^\d{4}-\d{2}-\d{2}$/.test(clean) ? `${clean}T00:00:00Z` : clean;
}

export function grantOf(draft: GrantDraft): Schemas['GrantBody'] {
  return {
    role: draft.role,
    districts: idsOf(draft.districts),
    sites: idsOf(draft.sites),
    recorded_from: instantOf(draft.recorded_from),
    recorded_until: instantOf(draft.recorded_until),
    expires: instantOf(draft.expires),
  };
}

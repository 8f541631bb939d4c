/** The purpose code of a case: of the case's record where there is one, else of the case at hand. */
import { api, dataOf, type Purpose } from './api';
import { session } from './session.svelte';

/** Case and purpose of a reference that an address names. Throws a `Problem`. */
export async function purposeOf(reference: string): Promise<Purpose> {
  if (reference === '' || reference === session.for.case) return session.for;
  if (!session.may('read-cases')) return { case: reference, purpose: '' };
  const query = { reference, limit: 1 };
  const { cases } = await dataOf(api.GET('/api/v1/cases', { params: { query } }));
  return { case: reference, purpose: cases[0]?.purpose ?? '' };
}

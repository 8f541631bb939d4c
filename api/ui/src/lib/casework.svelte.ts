import { api, dataOf, type Purpose, type Schemas } from './api';
import { asProblem, type Problem } from './problem';
import { session } from './session.svelte';

const MOST_PAGES = 20;
const PAGE = 50;

/** The open case of a reference, the one of the same purpose first; null where it is no case here. */
export async function findCase(by: Purpose): Promise<Schemas['CaseLine'] | null> {
  const query = { state: 'open', reference: by.case, limit: 50 } as const;
  const { cases } = await dataOf(api.GET('/api/v1/cases', { params: { query } }));
  return cases.find((one) => one.purpose === by.purpose) ?? cases[0] ?? null;
}

/** Adds an exhibit to a case. Throws a `Problem`. */
export async function addExhibit(
  of: Schemas['CaseLine'],
  body: Schemas['ExhibitIn'],
): Promise<Schemas['ExhibitOut']> {
  const path = { case: of.case };
  return dataOf(api.POST('/api/v1/cases/{case}/exhibits', { params: { path }, body }));
}

/** The case at hand with its exhibits, and the holds that stand, as far as the person may read them. */
class CaseWork {
  /** Null: the reference is no case here, or none is named. */
  record: Schemas['CaseLine'] | null = $state.raw(null);
  exhibits: readonly Schemas['ExhibitOut'][] = $state.raw([]);
  holds: readonly Schemas['HoldOut'][] = $state.raw([]);
  state: 'none' | 'asking' | 'ready' | 'failed' = $state('none');
  problem: Problem | null = $state.raw(null);
  private turn = 0;

  async load(by: Purpose): Promise<void> {
    const turn = ++this.turn;
    this.state = 'asking';
    this.problem = null;
    try {
      const holds = session.may('read-holds')
        ? await dataOf(api.GET('/api/v1/holds', { params: { query: {} } }))
        : null;
      const record = session.may('read-cases') && by.case !== '' ? await findCase(by) : null;
      const exhibits = record ? await allExhibits(record) : [];
      if (turn !== this.turn) return;
      this.holds = holds?.holds ?? [];
      this.record = record;
      this.exhibits = exhibits;
      this.state = 'ready';
    } catch (thrown) {
      if (turn !== this.turn) return;
      this.problem = asProblem(thrown);
      this.state = 'failed';
    }
  }
}

async function allExhibits(of: Schemas['CaseLine']): Promise<Schemas['ExhibitOut'][]> {
  const found: Schemas['ExhibitOut'][] = [];
  let after = 0;
  for (let page = 0; page < MOST_PAGES; page += 1) {
    const asked = { path: { case: of.case }, query: { limit: PAGE, after } };
    const read = await dataOf(api.GET('/api/v1/cases/{case}/exhibits', { params: asked }));
    found.push(...read.exhibits);
    if (read.next_cursor === null) break;
    after = read.next_cursor;
  }
  return found;
}

export const casework = new CaseWork();

/** The question of a search in the address of the page, and as the API takes it. Pure. */
import type { SearchIn, Purpose } from './api';
import { boxOf, boxText, type Box } from './box';
import { scopeOf, type Chosen, type DistrictNode } from './places';

export interface Question {
  text: string;
  /** Times as people say them, which the API reads; empty: the last 24 hours. */
  from: string;
  to: string;
  /** Times of day and weekdays, `mon-fri 22:00-04:00`; empty: all of the time. */
  hours: string;
  chosen: Chosen;
  /** A circle on the ground, `LAT,LON,METRES`; empty: none. */
  near: string;
  /** A moment of an answer, `13.1`, that serves as example; empty: none. */
  like: string;
  /** Name of an example picture that this browser's tab holds; empty: none. */
  picture: string;
  /** Part of the example to look for; null: the moment's own box, or the whole picture. */
  box: Box | null;
  limit: number;
  /** Also what is weaker than the cut-off. */
  all: boolean;
}

export const LIMITS = [40, 200, 500] as const;
const FIRST: number = LIMITS[0];

/** The question in the parameters of an address. */
export function questionOf(query: URLSearchParams): Question {
  const limit = Number(query.get('limit'));
  return {
    text: query.get('text') ?? '',
    from: query.get('from') ?? '',
    to: query.get('to') ?? '',
    hours: query.get('hours') ?? '',
    chosen: {
      districts: query.getAll('district'),
      sites: query.getAll('site'),
      cameras: query.getAll('camera'),
    },
    near: query.get('near') ?? '',
    like: query.get('like') ?? '',
    picture: query.get('picture') ?? '',
    box: boxOf(query.get('box') ?? ''),
    limit: (LIMITS as readonly number[]).includes(limit) ? limit : FIRST,
    all: query.get('all') === '1',
  };
}

/** The parameters of an address that hold a question. */
export function parametersOf(asked: Question): Record<string, string | readonly string[]> {
  return {
    text: asked.text.trim(),
    from: asked.from.trim(),
    to: asked.to.trim(),
    hours: asked.hours.trim(),
    district: asked.chosen.districts,
    site: asked.chosen.sites,
    camera: asked.chosen.cameras,
    near: asked.near,
    like: asked.like,
    picture: asked.picture,
    box: boxText(asked.box),
    limit: asked.limit === FIRST ? '' : String(asked.limit),
    all: asked.all ? '1' : '',
  };
}

/** Whether there is something to look for: a text or an example. */
export function asksSomething(asked: Question): boolean {
  return asked.text.trim() !== '' || asked.like !== '' || asked.picture !== '';
}

/** The body of a search. */
export function bodyOf(asked: Question, tree: readonly DistrictNode[], by: Purpose): SearchIn {
  const scope = scopeOf(tree, asked.chosen);
  return {
    cameras: scope.cameras,
    sites: scope.sites,
    districts: scope.districts,
    near: asked.near,
    text: asked.text.trim(),
    like: asked.like || null,
    box: asked.like !== '' || asked.picture !== '' ? asked.box : null,
    from: asked.from.trim() || null,
    to: asked.to.trim() || null,
    hours: asked.hours.trim() || null,
    limit: asked.limit,
    sort: 'score',
    threshold: asked.all ? -1 : null,
    ...by,
  };
}

/** Acts of the custody log in short. Pure. */

export interface ActFacts {
  /** What was looked for, held, planned or changed, in the words of the entry. */
  words: string;
  /** Cameras or places named; empty where none are. */
  where: string[];
  start: string | null;
  end: string | null;
}

const WORDS = [
  'text',
  'like',
  'hold',
  'authority',
  'plan',
  'change',
  'person',
  'way',
  'reference',
  'title',
  'bundle',
  'format',
] as const;
const PLACES = ['cameras', 'camera', 'sites', 'districts'] as const;

function textsOf(value: unknown): string[] {
  if (typeof value === 'string') return value === '' ? [] : [value];
  return Array.isArray(value) ? value.filter((one): one is string => typeof one === 'string') : [];
}

/** The facts of an act that a list shows. */
export function factsOf(what: Record<string, unknown>): ActFacts {
  const words = WORDS.flatMap((name) => textsOf(what[name]).slice(0, 1));
  const where = PLACES.flatMap((name) => textsOf(what[name]));
  const time = (name: string): string | null => textsOf(what[name])[0] ?? null;
  const segment = textsOf(what['segment'])[0];
  return {
    words: words.join(' · '),
    where: where.length === 0 && segment ? [segment.split('/')[2] ?? segment] : where,
    start: time('start') ?? time('at'),
    end: time('end'),
  };
}

/** Facts as lines of name and value, the value as it would stand in a file. */
export function linesOf(what: Record<string, unknown>): [string, string][] {
  return Object.entries(what).map(([name, value]) => [
    name,
    typeof value === 'string' ? value : JSON.stringify(value),
  ]);
}

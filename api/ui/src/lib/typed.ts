/** What is typed into the box besides words: things left out, and `camera:gate-1` and the like. Pure. */
import type { Question } from './question';

export type Kind = 'without' | 'camera' | 'site' | 'district' | 'from' | 'to' | 'hours';

export interface Typed {
  kind: Kind;
  value: string;
  /** The text as typed, from `start` on. */
  start: number;
  length: number;
}

const NAMED = /(?<=^|\s)(camera|site|district|from|to|hours):(?:"([^"]*)"|(\S+))/gi;
const WITHOUT = /(?<=^|\s)-(?:"([^"]*)"|(\S+))/g;

/** What is typed in a text, in order. */
export function typedIn(text: string): Typed[] {
  const found: Typed[] = [];
  for (const match of text.matchAll(NAMED)) {
    const value = (match[2] ?? match[3] ?? '').trim();
    const kind = (match[1] ?? '').toLowerCase() as Kind;
    if (value) found.push({ kind, value, start: match.index, length: match[0].length });
  }
  for (const match of text.matchAll(WITHOUT)) {
    const value = (match[1] ?? match[2] ?? '').trim();
    if (/[\p{L}\p{N}]/u.test(value)) {
      found.push({ kind: 'without', value, start: match.index, length: match[0].length });
    }
  }
  return found.sort((a, b) => a.start - b.start);
}

/** The text without something that was typed. */
export function withoutTyped(text: string, one: Typed): string {
  const rest = text.slice(0, one.start) + text.slice(one.start + one.length);
  return rest.replace(/\s+/g, ' ').trim();
}

/** The question with times, hours and places taken from the text into their fields. */
export function takenFrom(asked: Question): Question {
  const named = typedIn(asked.text).filter((one) => one.kind !== 'without');
  const taken = { ...asked, chosen: { ...asked.chosen } };
  const of = (kind: Kind): string[] =>
    named.filter((one) => one.kind === kind).map((one) => one.value);
  const places = [of('district'), of('site'), of('camera')] as const;
  if (places.some((one) => one.length > 0)) {
    const [districts, sites, cameras] = places;
    taken.chosen = { districts, sites, cameras };
    taken.near = '';
  }
  taken.from = of('from').at(-1) ?? asked.from;
  taken.to = of('to').at(-1) ?? asked.to;
  taken.hours = of('hours').at(-1) ?? asked.hours;
  taken.text = [...named].reverse().reduce(withoutTyped, asked.text);
  return taken;
}

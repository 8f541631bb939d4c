/** Times of day and weekdays, as the API takes them: `mon,fri 22:00-04:00`. Pure. */

export const WEEKDAYS = ['mon', 'tue', 'wed', 'thu', 'fri', 'sat', 'sun'] as const;
export type Weekday = (typeof WEEKDAYS)[number];

export interface Hours {
  /** Weekdays on which the hours begin; none: every day. */
  days: Weekday[];
  /** Times of day, `22:00`; both empty: the whole day. */
  from: string;
  to: string;
}

const DAYS = '(?:[a-z]{3}(?:[-,][a-z]{3})*)';
const TEXT = new RegExp(`^(${DAYS})?\\s*(?:(\\d\\d?:\\d\\d)\\s*-\\s*(\\d\\d?:\\d\\d))?$`);
const WHOLE = ['00:00', '24:00'] as const;

/** The hours in a text; null where it is none, or of a form that only the API reads. */
export function hoursOf(text: string): Hours | null {
  const match = TEXT.exec(text.trim().toLowerCase());
  if (!match || match[0] === '') return null;
  const days: Weekday[] = [];
  for (const part of match[1]?.split(',') ?? []) {
    const [first, last = first] = part.split('-') as [string, string?];
    const [start, end] = [first, last].map((one) => WEEKDAYS.indexOf(one as Weekday)) as [
      number,
      number,
    ];
    if (start < 0 || end < 0) return null;
    for (let step = 0; step <= (end - start + 7) % 7; step += 1) {
      days.push(WEEKDAYS[(start + step) % 7] as Weekday);
    }
  }
  return { days, from: padded(match[2] ?? ''), to: padded(match[3] ?? '') };
}

function padded(time: string): string {
  return time === '' ? '' : time.padStart(5, '0');
}

/** The hours as the API takes them; empty where all of the time is meant. */
export function hoursText({ days, from, to }: Hours): string {
  const some = days.length > 0 && days.length < WEEKDAYS.length;
  const named = some ? WEEKDAYS.filter((one) => days.includes(one)).join(',') : '';
  const start = from || WHOLE[0];
  const end = to === '' || to === '00:00' ? WHOLE[1] : to;
  const whole = start === WHOLE[0] && end === WHOLE[1];
  return [named, whole ? '' : `${start}-${end}`].filter(Boolean).join(' ');
}

/** Hours for people, with the weekdays' names from Monday on; as written where the form is unknown. */
export function hoursWords(text: string, names: readonly string[]): string {
  const hours = hoursOf(text);
  if (!hours) return text;
  const days = hours.days.map((day) => names[WEEKDAYS.indexOf(day)] ?? day).join(', ');
  const times = hours.from === '' ? '' : `${hours.from}–${hours.to}`;
  return [days, times].filter(Boolean).join(' ');
}

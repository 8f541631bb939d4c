/** Instants in words: the site's own time, with UTC beside it. Pure. */

export interface When {
  date: string;
  time: string;
  /** Short name of the zone, e.g. `PKT` or `GMT+5`. */
  zone: string;
  utc: string;
}

const SECOND = 1000;
/** Names that people at a site say and `Intl` does not know. */
const NAMES: Readonly<Record<string, string>> = { 'Asia/Karachi': 'PKT' };

/** Milliseconds since 1970 of an instant of the API; microseconds become a fraction. */
export function msOf(instant: string): number {
  const fraction = /\.(\d+)/.exec(instant)?.[1] ?? '';
  const whole = Date.parse(instant.replace(/\.\d+/, ''));
  return whole + Number(`0.${fraction || '0'}`) * SECOND;
}

/** An instant as the API takes it, to the millisecond. */
export function instantOf(ms: number): string {
  return new Date(Math.round(ms)).toISOString();
}

/** An instant in a zone's own time and in UTC. */
export function when(ms: number, zone: string, locale: string): When {
  const at = new Date(Math.floor(ms));
  const time = { hour: '2-digit', minute: '2-digit', second: '2-digit', hourCycle: 'h23' } as const;
  return {
    date: new Intl.DateTimeFormat(locale, {
      day: 'numeric',
      month: 'short',
      year: 'numeric',
      timeZone: zone,
    }).format(at),
    time: new Intl.DateTimeFormat(locale, { ...time, timeZone: zone }).format(at),
    zone: NAMES[zone] ?? shortName(at, zone),
    utc: new Intl.DateTimeFormat(locale, { ...time, timeZone: 'UTC' }).format(at),
  };
}

function shortName(at: Date, zone: string): string {
  const zoned = new Intl.DateTimeFormat('en-GB', { timeZone: zone, timeZoneName: 'short' });
  return zoned.formatToParts(at).find((part) => part.type === 'timeZoneName')?.value ?? zone;
}

export interface DurationWords {
  day: (n: string) => string;
  hour: (n: string) => string;
  minute: (n: string) => string;
  second: (n: string) => string;
}

/** A duration in its two largest units, e.g. `3 h 55 min`. Never longer than it is. */
export function duration(
  seconds: number,
  words: DurationWords,
  number: (n: number) => string,
): string {
  const whole = Math.floor(seconds);
  const parts: [number, (n: string) => string][] = [
    [Math.floor(whole / 86400), words.day],
    [Math.floor((whole % 86400) / 3600), words.hour],
    [Math.floor((whole % 3600) / 60), words.minute],
    [whole % 60, words.second],
  ];
  const first = parts.findIndex(([n]) => n > 0);
  if (first < 0) {
    return words.second(number(seconds > 0 ? Math.max(0.1, Math.floor(seconds * 10) / 10) : 0));
  }
  return parts
    .slice(first, first + 2)
    .filter(([n]) => n > 0)
    .map(([n, word]) => word(number(n)))
    .join(' ');
}

/** Marks of a time ruler in the time of a zone. Pure. */

const STEPS_S = [
  0.1, 0.5, 1, 5, 10, 30, 60, 300, 600, 1800, 3600, 10800, 21600, 43200, 86400, 604800,
];

/** Seconds between two marks, so that a window of `spanMs` has at most `most` of them. */
export function stepOf(spanMs: number, most: number): number {
  return STEPS_S.find((step) => spanMs / 1000 / step <= most) ?? 604800 * 4;
}

/** Milliseconds by which a zone is ahead of UTC at an instant. */
export function offsetOf(ms: number, zone: string): number {
  const whole = Math.floor(ms / 1000) * 1000;
  const parts = new Intl.DateTimeFormat('en-US', {
    timeZone: zone,
    hourCycle: 'h23',
    year: 'numeric',
    month: 'numeric',
    day: 'numeric',
    hour: 'numeric',
    minute: 'numeric',
    second: 'numeric',
  }).formatToParts(new Date(whole));
  const at = (type: string): number => Number(parts.find((part) => part.type === type)?.value);
  return (
    Date.UTC(at('year'), at('month') - 1, at('day'), at('hour'), at('minute'), at('second')) - whole
  );
}

/** The instants of the marks from `start` to `end`, on round local times. */
export function marksOf(start: number, end: number, zone: string, most: number): number[] {
  const step = stepOf(end - start, most) * 1000;
  const ahead = offsetOf(start, zone);
  const first = Math.ceil((start + ahead) / step) * step - ahead;
  const marks: number[] = [];
  for (let at = first; at < end; at += step) marks.push(at);
  return marks;
}

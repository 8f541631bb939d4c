/** Bytes, shares and days in words. Pure. */

const UNITS = ['byte', 'kilobyte', 'megabyte', 'gigabyte', 'terabyte', 'petabyte'] as const;
const STEP = 1000;

/** A number of bytes in the largest decimal unit that it fills, e.g. `1.5 GB`. */
export function bytes(count: number, locale: string): string {
  let at = 0;
  let amount = count;
  while (amount >= STEP && at < UNITS.length - 1) {
    amount /= STEP;
    at += 1;
  }
  return new Intl.NumberFormat(locale, {
    style: 'unit',
    unit: UNITS[at] as string,
    unitDisplay: at === 0 ? 'long' : 'short',
    maximumFractionDigits: at === 0 || amount >= 100 ? 0 : 1,
  }).format(amount);
}

/** Days with one digit behind the point, never more than there are. */
export function days(seconds: number, locale: string): string {
  const whole = Math.floor((seconds / 86_400) * 10) / 10;
  return new Intl.NumberFormat(locale, { maximumFractionDigits: whole >= 10 ? 0 : 1 }).format(
    whole >= 10 ? Math.floor(whole) : whole,
  );
}

/** A whole number of days or hours as a policy file has it, e.g. `30d`. */
export function keepText(seconds: number): string {
  const hours = Math.round(seconds / 3_600);
  return hours % 24 === 0 ? `${hours / 24}d` : `${hours}h`;
}

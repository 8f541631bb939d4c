/** Instants, durations and sizes in words of the language chosen. */
import { bytes } from './parts';
import { duration, msOf, when } from './time';
import { ui } from './ui.svelte';

/** A duration in its two largest units. */
export function long(seconds: number): string {
  return duration(seconds, ui.t.duration, (n) => ui.number(n));
}

/** A number of bytes in a unit that people read. */
export function size(count: number): string {
  const told = bytes(count, ui.locale);
  return ui.dir === 'rtl' ? `\u2066${told}\u2069` : told; // a number and its unit read left to right
}

/** The day of an instant of the API in a zone. */
export function day(instant: string, zone: string): string {
  return when(msOf(instant), zone, ui.locale).date;
}

/** An instant of the API in a zone: day, time and zone. */
export function moment(instant: string, zone: string): string {
  const told = when(msOf(instant), zone, ui.locale);
  return `${told.date}${ui.language === 'ur' ? '،' : ','} ${told.time} ${told.zone}`;
}

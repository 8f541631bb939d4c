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
  return bytes(count, ui.locale);
}

/** The day of an instant of the API in a zone. */
export function day(instant: string, zone: string): string {
  return when(msOf(instant), zone, ui.locale).date;
}

/** An instant of the API in a zone: day, time and zone. */
export function moment(instant: string, zone: string): string {
  const told = when(msOf(instant), zone, ui.locale);
  return `${told.date}, ${told.time} ${told.zone}`;
}

/** Exhibits of a case: their footage as parts, and the address of their picture. Pure. */
import { keyframeAddress, stillAddress, thumbnailAddress, type Purpose, type Schemas } from './api';
import { partOf } from './parts';
import type { Part } from './route';
import { instantOf, msOf } from './time';

export type Exhibit = Schemas['ExhibitOut'];
export type Content = Schemas['ExhibitContent'];

const SECOND = 1000;

/** The footage of an exhibit as a hold or an export takes it: a second at least. */
export function partsOfExhibit(content: Content): Part[] {
  const from = msOf(content.hold.from);
  const to = Math.max(msOf(content.hold.to), from + SECOND);
  return content.cameras.map((camera) => partOf(camera, from, to));
}

/** The instant that the picture of an exhibit shows, in milliseconds. */
export function shownAt(content: Content): number {
  if (content.best?.instant) return msOf(content.best.instant);
  const [from, to] = [msOf(content.start), msOf(content.end)];
  return content.kind === 'interval' ? (from + to) / 2 : from;
}

/** The address of the picture of an exhibit. */
export function pictureOf(content: Content, by: Purpose): string {
  if (content.best?.thumbnail) return keyframeAddress(content.best.thumbnail, by);
  const camera = content.cameras[0] ?? '';
  const at = instantOf(shownAt(content));
  return content.kind === 'interval'
    ? thumbnailAddress(camera, at, 640, by)
    : stillAddress(camera, content.start, 480, by);
}

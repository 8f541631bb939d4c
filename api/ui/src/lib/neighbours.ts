/** Cameras that stand near others, by distance. Pure. */
import type { Camera } from './api';
import { isPlaced } from './ground';
import { metres } from './places';

export interface Neighbour {
  camera: Camera;
  metres: number;
}

/** The cameras at most so many metres from one of `chosen`, the nearest first; none of `chosen`. */
export function neighboursOf(
  all: readonly Camera[],
  chosen: ReadonlySet<string>,
  most: number,
): Neighbour[] {
  const placed = all.filter(isPlaced);
  const here = placed.filter((one) => chosen.has(one.camera));
  return placed
    .filter((one) => !chosen.has(one.camera))
    .map((camera) => ({
      camera,
      metres: here.reduce((least, one) => Math.min(least, metres(one, camera)), Infinity),
    }))
    .filter((one) => one.metres <= most)
    .sort((a, b) => a.metres - b.metres || a.camera.camera.localeCompare(b.camera.camera));
}

/** The cameras that stand in a circle today. */
export function insideOf(
  all: readonly Camera[],
  circle: { lat: number; lon: number; radius: number },
): Set<string> {
  const inside = all.filter((one) => isPlaced(one) && metres(one, circle) <= circle.radius);
  return new Set(inside.map((one) => one.camera));
}

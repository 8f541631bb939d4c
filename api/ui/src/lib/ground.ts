/** Areas on the ground: outlines, circles and what lies inside. Pure. */
import { metres } from './places';

export interface Point {
  lat: number;
  lon: number;
}

export interface Circle extends Point {
  radius: number;
}

const MOST_DIGITS = 6;
const CORNERS = 64;
const METRES_A_DEGREE = 111_195;

/** Whether somebody entered a position: 0, 0 lies in the sea off Africa. */
export function isPlaced(point: Point): boolean {
  return point.lat !== 0 || point.lon !== 0;
}

/** The convex outline of points, counter-clockwise; of fewer than three the points themselves. */
export function outlineOf(points: readonly Point[]): Point[] {
  const sorted = [...points].sort((a, b) => a.lon - b.lon || a.lat - b.lat);
  if (sorted.length < 3) return sorted;
  const half = (all: readonly Point[]): Point[] => {
    const kept: Point[] = [];
    for (const point of all) {
      while (kept.length >= 2) {
        const [a, b] = kept.slice(-2) as [Point, Point];
        const turn = (b.lon - a.lon) * (point.lat - a.lat) - (b.lat - a.lat) * (point.lon - a.lon);
        if (turn > 0) break;
        kept.pop();
      }
      kept.push(point);
    }
    return kept.slice(0, -1);
  };
  return [...half(sorted), ...half(sorted.reverse())];
}

/** Whether a point lies inside a polygon; a polygon has three corners or more. */
export function isInside(point: Point, polygon: readonly Point[]): boolean {
  if (polygon.length < 3) return false;
  let inside = false;
  polygon.forEach((a, index) => {
    const b = polygon[(index + 1) % polygon.length] as Point;
    if (a.lat > point.lat !== b.lat > point.lat) {
      const at = a.lon + ((point.lat - a.lat) / (b.lat - a.lat)) * (b.lon - a.lon);
      if (point.lon < at) inside = !inside;
    }
  });
  return inside;
}

/** The corners of a circle, to be drawn. */
export function cornersOf({ lat, lon, radius }: Circle): Point[] {
  const up = radius / METRES_A_DEGREE;
  const across = up / Math.max(0.01, Math.cos((lat * Math.PI) / 180));
  return Array.from({ length: CORNERS }, (_, index) => {
    const angle = (index / CORNERS) * 2 * Math.PI;
    return { lat: lat + up * Math.sin(angle), lon: lon + across * Math.cos(angle) };
  });
}

/** The circle around a point through another. */
export function circleThrough(centre: Point, edge: Point): Circle {
  return { ...centre, radius: Math.max(1, Math.round(metres(centre, edge))) };
}

/** A circle as the API takes it: `LAT,LON,METRES`; empty for none. */
export function nearText(circle: Circle | null): string {
  if (circle === null) return '';
  const degrees = (one: number): string => String(Number(one.toFixed(MOST_DIGITS)));
  return `${degrees(circle.lat)},${degrees(circle.lon)},${Math.round(circle.radius)}`;
}

/** The circle in an address; null where there is none. */
export function circleOf(text: string): Circle | null {
  const [lat, lon, radius, ...more] = text === '' ? [] : text.split(',').map(Number);
  if (lat === undefined || lon === undefined || radius === undefined || more.length > 0)
    return null;
  const right = Math.abs(lat) <= 90 && Math.abs(lon) <= 180 && radius > 0;
  return right && Number.isFinite(radius) ? { lat, lon, radius } : null;
}

/** West, south, east and north of points, at least some hundred metres apart; null of none. */
export function boundsOf(points: readonly Point[]): [number, number, number, number] | null {
  if (points.length === 0) return null;
  const LEAST = 0.002;
  const lats = points.map((one) => one.lat);
  const lons = points.map((one) => one.lon);
  return [
    Math.min(...lons) - LEAST,
    Math.min(...lats) - LEAST,
    Math.max(...lons) + LEAST,
    Math.max(...lats) + LEAST,
  ];
}

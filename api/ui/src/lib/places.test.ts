import { describe, expect, it } from 'vitest';
import type { Camera } from './api';
import {
  camerasOf,
  chosenOf,
  EVERYWHERE,
  matching,
  metres,
  nearest,
  scopeOf,
  treeOf,
  distanceText,
} from './places';

function camera(id: string, site: string, district: string, lat = 0, lon = 0): Camera {
  return {
    camera: id,
    name: `Camera ${id}`,
    site,
    site_name: `Site ${site}`,
    district,
    district_name: `District ${district}`,
    zone: 'Asia/Karachi',
    lat,
    lon,
    retention_class: 'standard',
    recorded: true,
    places: [],
  };
}

const CAMERAS = [
  camera('a1', 'a', 'x', 31, 70),
  camera('a2', 'a', 'x', 31, 70),
  camera('b1', 'b', 'x', 31.01, 70),
  camera('c1', 'c', 'y', 32, 70),
];
const TREE = treeOf(CAMERAS);

describe('a choice of cameras', () => {
  it('is named by as few names as possible', () => {
    const named = (ids: string[]) => chosenOf(TREE, new Set(ids));
    expect(named(['a1', 'a2', 'b1'])).toEqual({ districts: ['x'], sites: [], cameras: [] });
    expect(named(['a1', 'a2'])).toEqual({ districts: [], sites: ['a'], cameras: [] });
    expect(named(['a1', 'c1'])).toEqual({ districts: ['y'], sites: [], cameras: ['a1'] });
    expect(named(['a1', 'a2', 'b1', 'c1'])).toEqual(EVERYWHERE);
    expect(chosenOf(TREE, new Set(['a1', 'a2', 'b1', 'c1']), true).districts).toEqual(['x', 'y']);
    expect(chosenOf(TREE, new Set(), true)).toEqual(EVERYWHERE);
  });

  it('comes back as the cameras it was made of', () => {
    for (const ids of [['a1'], ['a1', 'a2'], ['a1', 'c1'], ['b1', 'c1', 'a2']]) {
      expect(camerasOf(TREE, chosenOf(TREE, new Set(ids)))).toEqual(new Set(ids));
    }
  });

  it('is asked as one kind of name, since the lists of the API must all hold', () => {
    const mixed = chosenOf(TREE, new Set(['a1', 'c1']));
    expect(scopeOf(TREE, mixed)).toEqual({ ...EVERYWHERE, cameras: ['a1', 'c1'] });
    const places = { districts: ['y'], sites: ['a'], cameras: [] };
    expect(scopeOf(TREE, places)).toEqual({ ...EVERYWHERE, sites: ['c', 'a'] });
    expect(scopeOf(TREE, EVERYWHERE)).toEqual(EVERYWHERE);
  });
});

it('the tree is narrowed to what has a text in its name or id', () => {
  expect(matching(TREE, 'DISTRICT Y').map((one) => one.id)).toEqual(['y']);
  expect(matching(TREE, 'site a')[0]?.sites.map((one) => one.id)).toEqual(['a']);
  expect(matching(TREE, 'b1')[0]?.cameras.map((one) => one.camera)).toEqual(['b1']);
  expect(matching(TREE, 'nothing')).toEqual([]);
});

it('cameras nearby come by distance', () => {
  const from = CAMERAS[0] as Camera;
  expect(nearest(CAMERAS, from, 2).map(([one]) => one.camera)).toEqual(['a2', 'b1']);
  expect(metres(CAMERAS[0] as Camera, CAMERAS[2] as Camera)).toBeCloseTo(1112, -1);
});

it('a distance is told in metres, and from a kilometre on in kilometres', () => {
  const words = { m: (n: string) => `${n} m`, km: (n: string) => `${n} km` };
  const told = (metres: number) => distanceText(metres, words, String);
  expect([told(0.4), told(499.6), told(994), told(995), told(32_438)]).toEqual([
    '0 m',
    '500 m',
    '994 m',
    '1 km',
    '32.4 km',
  ]);
});

/** Districts, sites and cameras as a tree, and choices of cameras in it. Pure. */
import type { Camera } from './api';

export interface SiteNode {
  id: string;
  name: string;
  cameras: readonly Camera[];
}

export interface DistrictNode {
  id: string;
  name: string;
  sites: readonly SiteNode[];
  cameras: readonly Camera[];
}

/** A choice of cameras as few names as possible; all empty: everywhere. */
export interface Chosen {
  districts: string[];
  sites: string[];
  cameras: string[];
}

export const EVERYWHERE: Chosen = { districts: [], sites: [], cameras: [] };

/** The tree of cameras by the places where they stand today, in order of name. */
export function treeOf(cameras: readonly Camera[]): DistrictNode[] {
  const districts = new Map<string, Map<string, Camera[]>>();
  for (const camera of cameras) {
    const sites = districts.get(camera.district) ?? new Map<string, Camera[]>();
    districts.set(camera.district, sites);
    sites.set(camera.site, [...(sites.get(camera.site) ?? []), camera]);
  }
  return [...districts].map(([id, sites]) => {
    const nodes = [...sites].map(([site, here]) => ({
      id: site,
      name: here[0]?.site_name ?? site,
      cameras: here,
    }));
    const all = nodes.flatMap((node) => node.cameras);
    return { id, name: all[0]?.district_name ?? id, sites: nodes, cameras: all };
  });
}

/** The cameras that a choice names; none for everywhere. */
export function camerasOf(tree: readonly DistrictNode[], chosen: Chosen): Set<string> {
  const found = new Set(chosen.cameras);
  for (const district of tree) {
    for (const site of district.sites) {
      if (chosen.districts.includes(district.id) || chosen.sites.includes(site.id)) {
        for (const camera of site.cameras) found.add(camera.camera);
      }
    }
  }
  return found;
}

/**
 * The choice that names just these cameras, by as few names as possible. Where none is named there
 * is `EVERYWHERE`, and so it is for all cameras, unless cameras have to be `named`.
 */
export function chosenOf(
  tree: readonly DistrictNode[],
  cameras: ReadonlySet<string>,
  named = false,
): Chosen {
  const chosen: Chosen = { districts: [], sites: [], cameras: [] };
  const all = tree.every((one) => one.cameras.every((c) => cameras.has(c.camera)));
  if (cameras.size === 0 || (all && !named)) return chosen;
  for (const district of tree) {
    if (district.cameras.every((camera) => cameras.has(camera.camera))) {
      chosen.districts.push(district.id);
      continue;
    }
    for (const site of district.sites) {
      const inside = site.cameras.filter((camera) => cameras.has(camera.camera));
      if (inside.length === site.cameras.length) chosen.sites.push(site.id);
      else chosen.cameras.push(...inside.map((camera) => camera.camera));
    }
  }
  return chosen;
}

/** The choice as the API takes it, whose lists must all hold: one kind of name alone. */
export function scopeOf(tree: readonly DistrictNode[], chosen: Chosen): Chosen {
  const kinds = [chosen.districts, chosen.sites, chosen.cameras].filter((list) => list.length > 0);
  if (kinds.length <= 1) return chosen;
  if (chosen.cameras.length > 0) return { ...EVERYWHERE, cameras: [...camerasOf(tree, chosen)] };
  const inside = tree.filter((one) => chosen.districts.includes(one.id));
  const sites = inside.flatMap((one) => one.sites.map((site) => site.id));
  return { ...EVERYWHERE, sites: [...sites, ...chosen.sites] };
}

/** The part of the tree whose names or ids contain a text. */
export function matching(tree: readonly DistrictNode[], text: string): DistrictNode[] {
  const wanted = text.trim().toLowerCase();
  if (wanted === '') return [...tree];
  const has = (...names: string[]): boolean =>
    names.some((one) => one.toLowerCase().includes(wanted));
  return tree.flatMap((district) => {
    if (has(district.id, district.name)) return [district];
    const sites = district.sites.flatMap((site) => {
      if (has(site.id, site.name)) return [site];
      const cameras = site.cameras.filter((camera) => has(camera.camera, camera.name));
      return cameras.length > 0 ? [{ ...site, cameras }] : [];
    });
    return sites.length > 0
      ? [{ ...district, sites, cameras: sites.flatMap((site) => site.cameras) }]
      : [];
  });
}

const EARTH_M = 6_371_000;

/** Metres between two places on the ground. */
export function metres(a: { lat: number; lon: number }, b: { lat: number; lon: number }): number {
  const rad = Math.PI / 180;
  const dLat = (b.lat - a.lat) * rad;
  const dLon = (b.lon - a.lon) * rad;
  const h =
    Math.sin(dLat / 2) ** 2 +
    Math.cos(a.lat * rad) * Math.cos(b.lat * rad) * Math.sin(dLon / 2) ** 2;
  return 2 * EARTH_M * Math.asin(Math.min(1, Math.sqrt(h)));
}

/** The other cameras by distance, nearest first. */
export function nearest(
  cameras: readonly Camera[],
  from: Camera,
  most: number,
): [Camera, number][] {
  return cameras
    .filter((one) => one.camera !== from.camera)
    .map((one): [Camera, number] => [one, metres(from, one)])
    .sort((a, b) => a[1] - b[1] || a[0].camera.localeCompare(b[0].camera))
    .slice(0, most);
}

/** A distance in words: whole metres, from a kilometre on kilometres to a tenth. */
export function distanceText(
  metres: number,
  words: { m: (n: string) => string; km: (n: string) => string },
  number: (n: number) => string,
): string {
  return metres < 995
    ? words.m(number(Math.round(metres)))
    : words.km(number(Math.round(metres / 100) / 10));
}

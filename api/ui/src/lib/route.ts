import type { Schemas } from './api';

/** The state of the page in its address, behind `#`: a path and parameters. Pure. */
export interface Route {
  path: string;
  query: URLSearchParams;
}

/** The route in the part of an address behind `#`, with or without the `#`. */
export function parseRoute(hash: string): Route {
  const text = hash.replace(/^#/, '');
  const cut = text.indexOf('?');
  const path = cut < 0 ? text : text.slice(0, cut);
  return {
    path: path.startsWith('/') ? path : '/',
    query: new URLSearchParams(cut < 0 ? '' : text.slice(cut + 1)),
  };
}

/** The part of an address behind and with `#`. Parameters without a value are left out. */
export function href(path: string, query: Record<string, string | readonly string[]> = {}): string {
  const parts = new URLSearchParams();
  for (const [name, value] of Object.entries(query)) {
    for (const one of typeof value === 'string' ? [value] : value) {
      if (one !== '') parts.append(name, one);
    }
  }
  const text = parts.toString();
  return `#${path}${text ? `?${text}` : ''}`;
}

/**
 * Footage that an address names: of one camera, from one instant to another. Times are UTC in whole
 * milliseconds since 1970.
 */
export interface Part {
  camera: string;
  fromMs: number;
  toMs: number;
}

/**
 * Parameters of an address that names footage for one page to pass to another, e.g. to `/hold` and
 * `/export`: `parts=CAMERA/FROM_MS/TO_MS,…`, and `case`, the reference of a case, where one is known.
 */
export function partParameters(parts: readonly Part[], reference = ''): Record<string, string> {
  const text = parts.map((one) => `${one.camera}/${one.fromMs}/${one.toMs}`).join(',');
  return { parts: text, case: reference };
}

const PART = /^([^/,]+)\/(\d{1,15})\/(\d{1,15})$/;

/** The footage that an address names, none without `parts`; null where a part cannot be read. */
export function partsOf(query: URLSearchParams): Part[] | null {
  const found: Part[] = [];
  for (const text of (query.get('parts') ?? '').split(',').filter((one) => one !== '')) {
    const [, camera, from, to] = PART.exec(text) ?? [];
    if (camera === undefined || Number(from) >= Number(to)) return null;
    found.push({ camera, fromMs: Number(from), toMs: Number(to) });
  }
  return found;
}

/** A page: where it is, its name in the texts, which permissions let a person in (one suffices), and its icon. */
export interface PageOf {
  path: string;
  name: string;
  needs: readonly Schemas['Permission'][];
  icon: string;
}

/** The pages in the order of the navigation. Tests read this list: a page has a line of its own. */
export const PAGES = [
  { path: '/investigate', name: 'investigate', needs: ['search'], icon: 'search' },
  { path: '/play', name: 'play', needs: ['watch'], icon: 'play' },
  { path: '/cases', name: 'cases', needs: ['read-cases'], icon: 'folder' },
  { path: '/holds', name: 'holds', needs: ['read-holds'], icon: 'lock' },
  { path: '/exports', name: 'exports', needs: ['export'], icon: 'box' },
  { path: '/requests', name: 'requests', needs: ['release-holds', 'export'], icon: 'check' },
  { path: '/storage', name: 'storage', needs: ['read-storage'], icon: 'disk' },
  { path: '/audit', name: 'audit', needs: ['read-custody'], icon: 'book' },
  { path: '/health', name: 'health', needs: ['read-status'], icon: 'pulse' },
  { path: '/cameras', name: 'cameras', needs: ['manage-cameras'], icon: 'camera' },
  { path: '/people', name: 'people', needs: ['manage-people'], icon: 'people' },
  {
    path: '/setup',
    name: 'setup',
    needs: ['manage-people', 'manage-cameras', 'manage-storage'],
    icon: 'check',
  },
] as const satisfies readonly PageOf[];

export type PageName = (typeof PAGES)[number]['name'];

/** Paths of pages that stand beneath another page of the navigation. */
export const BENEATH: Readonly<Record<string, (typeof PAGES)[number]['path']>> = {
  '/case': '/cases',
  '/report': '/cases',
  '/hold': '/holds',
  '/preserve': '/holds',
  '/export': '/exports',
  '/absence': '/exports',
};

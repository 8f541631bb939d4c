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

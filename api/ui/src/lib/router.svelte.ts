import { parseRoute, type Route } from './route';

class Router {
  route: Route = $state.raw(parseRoute(location.hash));

  constructor() {
    addEventListener('hashchange', () => {
      this.route = parseRoute(location.hash);
    });
  }

  /** Goes to an address made by `href`, as a new entry of the history or in place of the present one. */
  go(hash: string, how: 'push' | 'replace' = 'push'): void {
    if (hash === location.hash) return;
    if (how === 'push') location.hash = hash;
    else {
      history.replaceState(null, '', hash);
      this.route = parseRoute(hash);
    }
  }
}

export const router = new Router();

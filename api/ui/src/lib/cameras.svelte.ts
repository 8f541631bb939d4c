import { api, dataOf, type Camera } from './api';
import { treeOf, type DistrictNode } from './places';
import { asProblem, type Problem } from './problem';

/** The cameras in reach, read once and kept until the page is loaded anew. */
class Cameras {
  all: readonly Camera[] = $state.raw([]);
  tree: readonly DistrictNode[] = $state.raw([]);
  state: 'none' | 'asking' | 'ready' | 'failed' = $state('none');
  problem: Problem | null = $state.raw(null);
  private byId = new Map<string, Camera>();

  /** The zone that times without a camera are read and shown in: that of most cameras. */
  zone = $derived.by(() => {
    const counts = new Map<string, number>();
    for (const camera of this.all) counts.set(camera.zone, (counts.get(camera.zone) ?? 0) + 1);
    const [most] = [...counts].sort((a, b) => b[1] - a[1]);
    return most?.[0] ?? 'UTC';
  });

  /** Whether all cameras share one zone. */
  oneZone = $derived(new Set(this.all.map((camera) => camera.zone)).size <= 1);

  get(id: string): Camera | undefined {
    return this.state === 'ready' ? this.byId.get(id) : undefined;
  }

  async load(again = false): Promise<void> {
    if (!again && (this.state === 'asking' || this.state === 'ready')) return;
    this.state = 'asking';
    try {
      const found: Camera[] = [];
      let after = '';
      do {
        const page = await dataOf(
          api.GET('/api/v1/cameras', { params: { query: { limit: 200, after } } }),
        );
        found.push(...page.cameras);
        after = page.next_cursor ?? '';
      } while (after !== '');
      this.byId = new Map(found.map((camera) => [camera.camera, camera]));
      this.all = found;
      this.tree = treeOf(found);
      this.state = 'ready';
    } catch (thrown) {
      this.problem = asProblem(thrown);
      this.state = 'failed';
    }
  }

  forget(): void {
    this.state = 'none';
    this.all = [];
    this.tree = [];
    this.byId.clear();
  }
}

export const cameras = new Cameras();

import { api, dataOf, pictureAt, type Purpose, type Schemas } from '../api';
import { instantOf, msOf } from '../time';

/** Sheets kept: going back and forth asks for none again. */
const KEPT = 6;
const TILES = 40;
const LONGEST_MS = 86_400_000;
/** A sheet whose slots are this many times as long as those of a sheet of its own still does. */
const COARSER = 4;
const INDEX = '/api/v1/cameras/';

interface Sheet {
  camera: string;
  start: number;
  end: number;
  index: Schemas['SpritesOut'];
  /** Address of the picture in this tab. */
  source: string;
}

/** A small picture near an instant: where it lies on its sheet. */
export interface Sprite {
  source: string;
  x: number;
  y: number;
  width: number;
  height: number;
  /** Instant of the picture, in milliseconds since 1970. */
  instant: number;
}

/**
 * Sheets of small pictures for a pointer over the timeline. A sheet is one view in the custody log, so
 * a sheet is asked for where a pointer rests, once for a window, and not while it serves.
 */
export class Sprites {
  private sheets: readonly Sheet[] = $state.raw([]);
  private asking = '';
  private refused = new Set<string>();

  /** The small picture of a camera nearest to an instant, from the sheets at hand. */
  at(camera: string, instant: number, span: number): Sprite | null {
    const sheet = this.sheets.find((one) => serves(one, camera, instant, span));
    if (!sheet) return null;
    const slot = (sheet.end - sheet.start) / sheet.index.tiles.length;
    const tile = sheet.index.tiles[Math.floor((instant - sheet.start) / slot)];
    if (!tile || tile.instant === null) return null;
    const { tile_width: width, tile_height: height } = sheet.index;
    return {
      source: sheet.source,
      x: tile.x,
      y: tile.y,
      width,
      height,
      instant: msOf(tile.instant),
    };
  }

  /** Asks for the sheet of a window, where none at hand serves the instant. */
  async want(
    camera: string,
    instant: number,
    window: { start: number; span: number },
    by: Purpose,
  ): Promise<void> {
    const { start, span } = window;
    const key = `${camera} ${start} ${span}`;
    if (span > LONGEST_MS || this.asking === key || this.refused.has(key)) return;
    if (this.sheets.some((one) => serves(one, camera, instant, span))) return;
    this.asking = key;
    try {
      const query = { from: instantOf(start), to: instantOf(start + span), tiles: TILES, ...by };
      const index = await dataOf(
        api.GET('/api/v1/cameras/{camera}/sprites', { params: { path: { camera }, query } }),
      );
      if (!index.tiles.some((one) => one.instant !== null)) {
        this.refused.add(key); // an empty sheet shows nothing: no view of it
        return;
      }
      const address = new URL(index.sheet, `${location.origin}${INDEX}${camera}/sprites`);
      const answer = await pictureAt(address.href, AbortSignal.timeout(30_000));
      const source = URL.createObjectURL(await answer.blob());
      const made = { camera, start: msOf(index.start), end: msOf(index.end), index, source };
      for (const old of this.sheets.slice(KEPT - 1)) URL.revokeObjectURL(old.source);
      this.sheets = [made, ...this.sheets.slice(0, KEPT - 1)];
    } catch {
      this.refused.add(key); // the timeline tells why nothing is there; without a preview all else works
    } finally {
      this.asking = '';
    }
  }

  close(): void {
    for (const one of this.sheets) URL.revokeObjectURL(one.source);
    this.sheets = [];
  }
}

function serves(sheet: Sheet, camera: string, instant: number, span: number): boolean {
  const coarse = sheet.end - sheet.start > span * COARSER;
  return sheet.camera === camera && !coarse && sheet.start <= instant && instant < sheet.end;
}

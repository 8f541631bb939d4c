import type { Problem, Purpose } from '../api';
import { asProblem } from '../problem';
import { firstFrom } from './coverage_ahead';
import { goesOnAt } from './keeping_step';
import { Player } from './player.svelte';

/** Speeds, as multiples of the speed of the recording. */
export const RATES = [0.25, 0.5, 1, 2, 4, 8, 16] as const;
/** Time for which all films wait for one whose pictures are not there yet. */
const PATIENCE_MS = 5000;
/** A film this far before the clock at 1x ran over a gap; the clock did not. */
const CROSSED_MS = 500;
/** Time for which it is told that play went on later than asked for. */
const SKIP_TOLD_MS = 3000;

/**
 * Cameras played in step on one wall clock.
 *
 * While a film runs, the clock goes by the film of the chosen camera, or else by the first that runs:
 * one film alone is never corrected. All others are kept at the clock. Where no camera has footage the
 * clock goes on at the next footage of any.
 */
export class Stage {
  players: readonly Player[] = $state.raw([]);
  paused = $state(true);
  rate = $state(1);
  /** Wall time of the picture shown of the camera by which the clock goes. */
  wall: number = $state(0);
  /** The wall time asked for where nothing was recorded, so that play began later. */
  skippedFrom: number | null = $state(null);
  /** No camera has footage at the clock's time, or soon after. */
  ended = $state(false);
  problem: Problem | null = $state.raw(null);

  private chosen = '';
  private by: Purpose = { case: '', purpose: '' };
  /** The clock stood at `anchor` at the time `since` of the browser's own clock. */
  private anchor = 0;
  private since = 0;
  private waiting = new Map<Player, number>();
  /** The instant asked for while nobody knows yet whether there is footage of it. */
  private asked: number | null = null;
  private looking = false;
  private skippedTo = 0;

  /** Begins to look at the clock; returns what ends it. */
  start(): () => void {
    let frame = requestAnimationFrame(function again(this: void, now) {
      look(now);
      frame = requestAnimationFrame(again);
    });
    const look = (now: number): void => this.look(now);
    return () => cancelAnimationFrame(frame);
  }

  /** The camera by which the clock goes while any of its footage is at hand. */
  choose(camera: string): void {
    this.chosen = camera;
  }

  /** The cameras played; those already played stay as they are. */
  setCameras(cameras: readonly string[], by: Purpose): void {
    const other = by.case !== this.by.case || by.purpose !== this.by.purpose;
    this.by = by;
    const known = new Map(this.players.map((one) => [one.camera, one]));
    this.players = cameras.map((camera) => {
      const kept = known.get(camera);
      const player = kept ?? new Player(camera);
      player.onrefused = () => this.pause();
      if (this.wall > 0 && (!kept || other)) void player.open(this.wall, by);
      return player;
    });
  }

  /** Goes to a wall time. */
  seek(to: number): void {
    this.skippedFrom = null;
    this.problem = null;
    this.asked = to;
    this.put(to);
  }

  private put(to: number): void {
    this.ended = false;
    this.wall = to;
    this.hold(to, performance.now());
    for (const one of this.players) {
      if (one.state === 'none') void one.open(to, this.by);
      else one.seek(to);
    }
  }

  play(): void {
    if (this.ended) this.seek(this.wall + 1);
    this.hold(this.wall, performance.now());
    this.paused = false;
  }

  pause(): void {
    this.paused = true;
  }

  toggle(): void {
    if (this.paused) this.play();
    else this.pause();
  }

  setRate(rate: number): void {
    this.rate = rate;
  }

  faster(by: 1 | -1): void {
    const now = RATES.indexOf(this.rate as (typeof RATES)[number]);
    this.setRate(RATES[Math.min(RATES.length - 1, Math.max(0, now + by))] ?? 1);
  }

  skip(seconds: number): void {
    this.seek(this.wall + seconds * 1000);
  }

  /** Shows the picture before or behind of the camera by which the clock goes. */
  step(by: 1 | -1): void {
    this.pause();
    this.leader((one) => one.state === 'ready' || one.state === 'stills')?.step(by);
  }

  private leader(fit: (one: Player) => boolean): Player | undefined {
    const chosen = this.players.find((one) => one.camera === this.chosen);
    return chosen && fit(chosen) ? chosen : this.players.find(fit);
  }

  private hold(at: number, now: number): void {
    [this.anchor, this.since] = [at, now];
  }

  private look(now: number): void {
    if (this.players.length === 0 || this.wall === 0) return;
    if (this.asked !== null && !this.arrive(this.asked)) return;
    if (this.paused || this.ended) this.stand(now);
    else this.run(now);
    if (this.skippedFrom !== null && this.wall > this.skippedTo + SKIP_TOLD_MS) {
      this.skippedFrom = null;
    }
  }

  /** Goes where the first footage from an instant on is. Returns whether that is known. */
  private arrive(asked: number): boolean {
    const standing = this.players.map((one) => one.standing(asked));
    const at = goesOnAt(asked, standing);
    if (at === asked && !standing.some((one) => one?.footage)) {
      for (const one of this.players) one.follow(asked, this.rate, false, true);
      return false;
    }
    this.asked = null;
    if (at === null) this.end();
    else if (at !== asked) this.goOn(asked, at);
    return true;
  }

  private goOn(from: number, at: number): void {
    this.skippedFrom = from;
    this.skippedTo = at;
    this.put(at);
  }

  private end(): void {
    this.ended = true;
    this.paused = true;
  }

  private stand(now: number): void {
    const leader = this.leader((one) => one.state === 'ready' || one.state === 'stills');
    if (leader) this.wall = leader.wall;
    this.hold(this.wall, now);
    for (const one of this.players) one.follow(this.wall, this.rate, false, one === leader);
  }

  private run(now: number): void {
    const held = this.waits(now);
    const leader = held ? undefined : this.leader((one) => one.runs);
    const stands = held || (!leader && this.players.some((one) => one.starts));
    const expected = stands ? this.anchor : this.anchor + (now - this.since) * this.rate;
    const place = leader?.place ?? null;
    const crossed = place !== null && place - expected > CROSSED_MS * Math.max(1, this.rate);
    const at = place === null || crossed ? expected : place;
    const standing = this.players.map((one) => one.standing(at));
    const next = goesOnAt(at, standing);
    if (next === null) {
      this.hold(at, now);
      for (const one of this.players) one.follow(at, this.rate, false, false);
      void this.lookAhead(at);
      return;
    }
    if (next !== at) {
      this.goOn(at, next);
      return;
    }
    this.hold(at, now);
    this.wall = leader && !crossed ? leader.wall : at;
    for (const one of this.players) {
      one.follow(at, this.rate, !held, one === leader && !crossed);
    }
  }

  /** Whether the clock stands for a film whose pictures are still to come. */
  private waits(now: number): boolean {
    for (const one of this.players) {
      if (!one.busy) this.waiting.delete(one);
      else if (!this.waiting.has(one)) this.waiting.set(one, now);
    }
    const patient = [...this.waiting.values()].some((since) => now - since < PATIENCE_MS);
    return patient || (this.waiting.size > 0 && !this.players.some((one) => one.state === 'ready'));
  }

  private async lookAhead(at: number): Promise<void> {
    if (this.looking) return;
    this.looking = true;
    try {
      const cameras = this.players.map((one) => one.camera);
      const next = await firstFrom(cameras, at);
      if (this.paused || this.asked !== null) return;
      if (next === null) this.end();
      else this.goOn(at, next);
    } catch (thrown) {
      this.problem = asProblem(thrown);
      this.pause();
    } finally {
      this.looking = false;
    }
  }
}

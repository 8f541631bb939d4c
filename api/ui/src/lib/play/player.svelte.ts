import type HlsType from 'hls.js/light';
import type { ErrorData } from 'hls.js/light';
import { pictureAt, playlistAddress, stillAddress, type Problem, type Purpose } from '../api';
import { asProblem } from '../problem';
import { instantOf } from '../time';
import { gapAt } from './coverage_ahead';
import { configOf, gapsOf, mendOf, piecesOf, whyNot, type Gap } from './hls';
import { correction, type Standing } from './keeping_step';
import { footageAt, mediaAt, paceAt, wallAt, type Piece } from './wall';

// Part of the recording for which a playlist is asked: each playlist is entered as a viewing.
const BEFORE_MS = 2 * 60_000;
const AFTER_MS = 13 * 60_000;
const USUAL_FRAME_S = 1 / 25;
const MOST_FRAME_S = 1;
/** Moves a seek into a picture, past the rounding of its start. */
const INTO_S = 0.001;
/** Time in which a picture that a seek leads to is on the screen. */
const SHOWN_WITHIN_MS = 150;
/** Time that a seek takes, by which a film in motion is sent ahead. */
const SEEK_TAKES_MS = 120;
const STILL_HEIGHT = 720;
/** Single pictures of a film that cannot be played follow each other no faster than this. */
const STILL_EVERY_MS = 2000;

type State = 'none' | 'loading' | 'ready' | 'waiting' | 'gap' | 'failed' | 'stills';

/**
 * The film of one camera, kept at the instants that a clock names: see `Stage`, which has the clock.
 */
export class Player {
  state: State = $state('none');
  /** Wall time of the picture shown, in milliseconds since 1970. */
  wall: number = $state(0);
  problem: Problem | null = $state.raw(null);
  /** Why nothing is recorded at the instant asked for; null: something is, or that is not known. */
  gap: Gap | null = $state.raw(null);
  /** Address of the picture shown where the browser cannot play the film. */
  still = $state('');
  /** A copy in H.264 is shown, since the browser cannot play the footage itself. */
  derived = $state(false);

  /** Is told when the browser lets no film begin by itself. */
  onrefused = (): void => {};

  private video: HTMLVideoElement | null = null;
  private hls: HlsType | null = null;
  private pieces: Piece[] = [];
  private gaps: Gap[] = [];
  /** The part of the recording at hand. */
  private from = 0;
  private to = 0;
  private by: Purpose = { case: '', purpose: '' };
  private frameS = USUAL_FRAME_S;
  private wanted = 0;
  /** Counts what was opened: what comes late for something opened before is of no use. */
  private turn = 0;
  /** The instant where the film was put while standing; null: it was moved since. */
  private placed: number | null = null;
  private starting = false;
  /** Media time of the picture on the screen. */
  private lastMedia = 0;
  /** Media time of the picture from which a step forward leads to the next; null: no step. */
  private stepFrom: number | null = null;
  private stillAsked: AbortController | null = null;
  private stillSince = 0;

  constructor(readonly camera: string) {}

  attach(video: HTMLVideoElement): () => void {
    this.video = video;
    let leaving = false;
    const onFrame = (_now: number, frame: VideoFrameCallbackMetadata): void => {
      if (leaving) return;
      const step = frame.mediaTime - (this.stepFrom ?? this.lastMedia);
      if (step > 0.005 && step < MOST_FRAME_S && video.playbackRate <= 1.3) this.frameS = step;
      if (step !== 0) this.stepFrom = null;
      this.lastMedia = frame.mediaTime;
      this.tick(frame.mediaTime);
      video.requestVideoFrameCallback(onFrame);
    };
    if ('requestVideoFrameCallback' in video) video.requestVideoFrameCallback(onFrame);
    if (this.state === 'loading') void this.open(this.wanted, this.by);
    return () => {
      leaving = true;
      this.close();
      this.video = null;
    };
  }

  /** Whether the picture of the instant is still to come. */
  get busy(): boolean {
    return this.state === 'loading' || this.state === 'waiting';
  }

  /** Whether the film runs, so that a clock may go by it. */
  get runs(): boolean {
    const { video } = this;
    return this.state === 'ready' && video !== null && !video.paused && !video.seeking;
  }

  /** Whether the film is about to run: its picture is there, and it has not come to its end. */
  get starts(): boolean {
    return this.state === 'ready' && !this.runs && this.video?.ended === false;
  }

  /** Wall time at which the film is, to a part of a picture; null without a film. */
  get place(): number | null {
    return this.video ? wallAt(this.pieces, this.video.currentTime) : null;
  }

  /** What is at hand of an instant; null where that is not known. */
  standing(at: number): Standing | null {
    if (this.state === 'failed') return { footage: false, next: null };
    if (this.state === 'none' || this.state === 'stills') return { footage: true, next: null };
    if (this.state === 'loading' || at < this.from || at >= this.to) return null;
    return footageAt(this.pieces, at);
  }

  /** Loads the part of the recording around an instant. */
  async open(at: number, by: Purpose): Promise<void> {
    this.close();
    const turn = ++this.turn;
    this.by = by;
    this.wanted = at;
    [this.from, this.to] = [at - BEFORE_MS, at + AFTER_MS];
    this.wall = at;
    this.problem = null;
    this.gap = null;
    this.state = 'loading';
    let Hls: typeof HlsType;
    try {
      ({ default: Hls } = await import('hls.js/light'));
    } catch (thrown) {
      if (turn === this.turn) this.fail(asProblem(thrown));
      return;
    }
    if (turn !== this.turn || !this.video) return;
    if (!Hls.isSupported()) {
      void this.showStill(this.wanted);
      return;
    }
    const hls = new Hls(configOf(this.derived));
    this.hls = hls;
    hls.on(Hls.Events.LEVEL_LOADED, (_event, { details }) => {
      this.pieces = piecesOf(details.fragments);
      this.gaps = gapsOf(details);
      this.put(this.wanted);
    });
    hls.on(Hls.Events.FRAG_BUFFERED, () => {
      // Right before a picture that is loaded only now, Chromium may show a later one.
      const late = this.video?.paused && this.lastMedia > this.video.currentTime + INTO_S;
      if (late && this.video) this.showMedia(this.video.currentTime);
    });
    hls.on(Hls.Events.ERROR, (_event, data) => void this.onError(Hls, data));
    hls.attachMedia(this.video);
    const span = [instantOf(this.from), instantOf(this.to)] as const;
    hls.loadSource(playlistAddress(this.camera, ...span, by, this.derived));
  }

  /** Puts the film at an instant; where there is no footage, at the footage behind. */
  seek(to: number): void {
    this.problem = null;
    this.wanted = to;
    if (this.state === 'stills') void this.showStill(to);
    else if (this.state === 'loading' && this.hls && to >= this.from && to < this.to) this.put(to);
    else if (this.state === 'failed' || !this.hls || to < this.from || to >= this.to) {
      void this.open(to, this.by);
    } else this.put(to);
  }

  private put(to: number): void {
    if (this.pieces.length === 0 || !this.video) return;
    const found = mediaAt(this.pieces, to);
    this.placed = to;
    this.wall = to;
    if (found) this.video.currentTime = found.media + (found.exact ? 1e-4 : 0);
    if (found?.exact) this.leaveGap();
    else this.enterGap(to);
  }

  /**
   * Keeps the film at the instant that the clock names; to be called at each look at the clock.
   *
   * Of the film by which the clock goes, `leads` is true: the film is not corrected.
   */
  follow(now: number, rate: number, running: boolean, leads: boolean): void {
    const { video } = this;
    if (!video || this.state === 'none' || this.state === 'failed') return;
    if (this.state === 'stills') {
      this.followByStills(now, running);
      return;
    }
    if (this.state === 'loading' && this.pieces.length === 0) {
      this.wanted = now;
      return;
    }
    if (now < this.from || now >= this.to) {
      void this.open(now, this.by);
      return;
    }
    const found = mediaAt(this.pieces, now);
    if (!found?.exact) {
      if (this.state !== 'gap') this.enterGap(now);
      if (!video.paused) video.pause();
      if (found && Math.abs(video.currentTime - found.media) > 0.01 && !video.seeking) {
        video.currentTime = found.media; // ready to go on there
      }
      return;
    }
    if (this.state === 'gap') {
      this.leaveGap();
      this.showMedia(found.media);
    }
    if (running) this.run(found.media, now, rate, leads);
    else this.stand(now, found.media, leads);
  }

  private run(media: number, now: number, rate: number, leads: boolean): void {
    const { video } = this;
    if (!video) return;
    this.placed = null;
    if (video.paused && !video.ended && !this.starting) this.begin(video);
    const pace = paceAt(this.pieces, media);
    if (leads) {
      setRate(video, rate * pace);
      return;
    }
    const place = this.place;
    if (place === null || video.seeking || this.busy) return;
    const act = correction(place - now, rate);
    if (act.to === 'rate') setRate(video, act.rate * pace);
    else {
      const ahead = mediaAt(this.pieces, now + SEEK_TAKES_MS * rate);
      this.showMedia(ahead?.exact ? ahead.media : media);
    }
  }

  private stand(now: number, media: number, leads: boolean): void {
    const { video } = this;
    if (!video) return;
    if (!video.paused) video.pause();
    if (leads || this.placed === now) return;
    this.placed = now;
    this.showMedia(media + INTO_S);
  }

  private begin(video: HTMLVideoElement): void {
    this.starting = true;
    video
      .play()
      .catch((thrown: unknown) => {
        const refused = thrown instanceof DOMException && thrown.name === 'NotAllowedError';
        if (refused) this.onrefused();
      })
      .finally(() => (this.starting = false));
  }

  private followByStills(now: number, running: boolean): void {
    const since = performance.now() - this.stillSince;
    // A picture on its way is waited for: asking for the next would drop it.
    if (running && this.stillAsked === null && since >= STILL_EVERY_MS) void this.showStill(now);
  }

  private enterGap(at: number): void {
    this.state = 'gap';
    const found = this.gaps.find((one) => one.start <= at && at < one.end);
    this.gap = found ?? { start: at, end: at, reason: '' };
  }

  private leaveGap(): void {
    this.gap = null;
    if (this.state === 'gap') this.state = (this.video?.readyState ?? 0) >= 2 ? 'ready' : 'waiting';
  }

  /** Shows the picture before or behind; whole seconds where single pictures are fetched. */
  step(by: 1 | -1): void {
    if (this.state === 'stills') void this.showStill(this.wall + by * 1000);
    else if (by < 0) this.showMedia(this.lastMedia - INTO_S);
    else {
      this.stepFrom = this.lastMedia;
      this.showMedia(this.lastMedia + this.frameS + INTO_S);
    }
  }

  private showMedia(to: number): void {
    if (this.video) this.video.currentTime = Math.max(0, to);
  }

  close(): void {
    this.stillAsked?.abort();
    this.hls?.destroy();
    this.hls = null;
    this.pieces = [];
    this.gaps = [];
    this.placed = null;
    if (this.still) URL.revokeObjectURL(this.still);
    this.still = '';
  }

  // Events of the video element.

  onloadeddata = (): void => {
    if (this.busy) this.state = 'ready';
  };

  onwaiting = (): void => {
    if (this.state === 'ready') this.state = 'waiting';
  };

  oncanplay = (): void => {
    if (this.state === 'waiting') this.state = 'ready';
  };

  onseeked = (): void => {
    if (!this.video) return;
    if (this.state === 'waiting') this.state = 'ready';
    if (!('requestVideoFrameCallback' in this.video)) {
      this.tick((this.video as HTMLVideoElement).currentTime);
      return;
    }
    const from = this.stepFrom;
    if (from === null) return;
    // Pictures may last longer than the last seen: a step goes on until the next is there.
    setTimeout(() => {
      const to = (this.video?.currentTime ?? 0) + this.frameS;
      if (this.stepFrom !== from) return;
      if (to < from + MOST_FRAME_S) this.showMedia(to);
      else this.stepFrom = null;
    }, SHOWN_WITHIN_MS);
  };

  ontimeupdate = (): void => {
    if (this.video && !('requestVideoFrameCallback' in this.video)) {
      this.tick((this.video as HTMLVideoElement).currentTime);
    }
  };

  private tick(media: number): void {
    if (this.state !== 'ready' && this.state !== 'waiting') return;
    const wall = wallAt(this.pieces, media);
    if (wall !== null) this.wall = wall;
  }

  private async onError(hls: typeof HlsType, data: ErrorData): Promise<void> {
    const mend = mendOf(hls, data);
    if (mend === 'recover') this.hls?.recoverMediaError();
    if (mend === 'copy' && !this.derived) {
      this.derived = true;
      void this.open(this.wanted, this.by);
    } else if (mend === 'copy') {
      this.close();
      void this.showStill(this.wanted);
    }
    if (mend !== 'tell') return;
    const { turn, wanted } = this;
    try {
      const problem = await whyNot(data);
      const gap = problem.kind === 'nothing-recorded' ? await gapAt(this.camera, wanted) : null;
      if (this.turn !== turn) return;
      if (!gap) this.fail(problem);
      else {
        this.close();
        this.gap = gap;
        this.state = 'gap';
      }
    } catch (thrown) {
      if (this.turn === turn) this.fail(asProblem(thrown));
    }
  }

  private fail(problem: Problem): void {
    this.close();
    this.gap = null;
    this.problem = problem;
    this.state = 'failed';
  }

  private async showStill(at: number): Promise<void> {
    this.state = 'stills';
    this.wall = at;
    this.stillSince = performance.now();
    this.stillAsked?.abort();
    const asked = new AbortController();
    this.stillAsked = asked;
    try {
      const address = stillAddress(this.camera, instantOf(at), STILL_HEIGHT, this.by);
      const blob = await (await pictureAt(address, asked.signal)).blob();
      if (asked.signal.aborted) return;
      if (this.still) URL.revokeObjectURL(this.still);
      this.still = URL.createObjectURL(blob);
      this.problem = null;
    } catch (thrown) {
      if (!asked.signal.aborted) this.problem = asProblem(thrown);
    } finally {
      if (this.stillAsked === asked) this.stillAsked = null;
    }
  }
}

function setRate(video: HTMLVideoElement, rate: number): void {
  const within = Math.min(16, Math.max(0.0625, rate)); // what browsers take
  if (Math.abs(video.playbackRate - within) > 0.001) video.playbackRate = within;
}

import type HlsType from 'hls.js/light';
import type { ErrorData, Fragment } from 'hls.js/light';
import { pictureAt, playlistAddress, stillAddress, type Purpose } from './api';
import { Problem, asProblem } from './problem';
import { instantOf } from './time';
import { endOf, mediaAt, wallAt, type Piece } from './wall';

// Part of the recording for which a playlist is asked: each playlist is entered as a viewing.
const BEFORE_MS = 2 * 60_000;
const AFTER_MS = 13 * 60_000;
/** Speeds, as multiples of the speed of the recording. */
export const RATES = [0.25, 0.5, 1, 2, 4, 8, 16] as const;
const USUAL_FRAME_S = 1 / 25;
const MOST_FRAME_S = 1;
/** Moves a seek into a picture, past the rounding of its start. */
const INTO_S = 0.001;
/** Time in which a picture that a seek leads to is on the screen. */
const SHOWN_WITHIN_MS = 150;
const STILL_HEIGHT = 720;
const WHY_WITHIN_MS = 10_000;

/** A copy takes seconds to make, before its first byte. */
const MADE_WHEN_ASKED = {
  default: {
    maxTimeToFirstByteMs: 130_000,
    maxLoadTimeMs: 180_000,
    timeoutRetry: { maxNumRetry: 1, retryDelayMs: 0, maxRetryDelayMs: 0 },
    errorRetry: { maxNumRetry: 6, retryDelayMs: 2000, maxRetryDelayMs: 8000 },
  },
};

type State = 'none' | 'loading' | 'ready' | 'waiting' | 'ended' | 'failed' | 'stills';

/** Plays one camera around an instant, by the wall clock. */
export class Player {
  state: State = $state('none');
  paused = $state(true);
  rate = $state(1);
  /** Wall time of the picture shown, in milliseconds since 1970. */
  wall: number = $state(0);
  problem: Problem | null = $state.raw(null);
  /** The wall time asked for where nothing was recorded, so that play began later. */
  skippedFrom: number | null = $state(null);
  /** Address of the picture shown where the browser cannot play the film. */
  still = $state('');

  /** A copy in H.264 is shown, since the browser cannot play the footage itself. */
  derived = $state(false);

  private video: HTMLVideoElement | null = null;
  private hls: HlsType | null = null;
  private pieces: Piece[] = [];
  private camera = '';
  private by: Purpose = { case: '', purpose: '' };
  private frameS = USUAL_FRAME_S;
  private wanted = 0;
  private wantsPlay = false;
  /** Media time of the picture on the screen. */
  private lastMedia = 0;
  /** Media time of the picture from which a step forward leads to the next; null: no step. */
  private stepFrom: number | null = null;
  private stillAsked: AbortController | null = null;

  attach(video: HTMLVideoElement): () => void {
    this.video = video;
    let leaving = false;
    const onFrame = (_now: number, frame: VideoFrameCallbackMetadata): void => {
      if (leaving) return;
      const step = frame.mediaTime - (this.stepFrom ?? this.lastMedia);
      if (step > 0.005 && step < MOST_FRAME_S && this.rate <= 1) this.frameS = step;
      if (step !== 0) this.stepFrom = null;
      this.lastMedia = frame.mediaTime;
      this.tick(frame.mediaTime);
      video.requestVideoFrameCallback(onFrame);
    };
    if ('requestVideoFrameCallback' in video) video.requestVideoFrameCallback(onFrame);
    return () => {
      leaving = true;
      this.close();
      this.video = null;
    };
  }

  /** Shows a camera at an instant. */
  async open(camera: string, at: number, by: Purpose, play: boolean): Promise<void> {
    this.close();
    if (camera !== this.camera) this.derived = false;
    this.camera = camera;
    this.by = by;
    this.wanted = at;
    this.wall = at;
    this.wantsPlay = play;
    this.skippedFrom = null;
    this.problem = null;
    this.state = 'loading';
    const { default: Hls } = await import('hls.js/light');
    if (this.camera !== camera || this.wanted !== at || !this.video) return;
    if (!Hls.isSupported()) {
      void this.showStill(at);
      return;
    }
    const hls = new Hls({
      enableWorker: false, // fragmented MP4 is passed on as it is
      startPosition: 0,
      ...(this.derived ? { fragLoadPolicy: MADE_WHEN_ASKED } : {}),
      enableDateRangeMetadataCues: false, // cues would need a policy that allows data: addresses
      enableID3MetadataCues: false,
      enableEmsgMetadataCues: false,
      maxBufferLength: 20,
      maxMaxBufferLength: 60,
      backBufferLength: 60,
    });
    this.hls = hls;
    hls.on(Hls.Events.LEVEL_LOADED, (_event, data) => {
      this.pieces = piecesOf(data.details.fragments);
      const found = mediaAt(this.pieces, this.wanted);
      if (!found) {
        this.state = 'ended';
        hls.stopLoad();
        return;
      }
      if (!found.exact) this.skippedFrom = this.wanted;
      this.wall = found.wall;
      if (this.video) this.video.currentTime = found.media;
    });
    hls.on(Hls.Events.ERROR, (_event, data) => void this.onError(Hls, data));
    hls.attachMedia(this.video);
    hls.loadSource(
      playlistAddress(
        camera,
        instantOf(at - BEFORE_MS),
        instantOf(at + AFTER_MS),
        by,
        this.derived,
      ),
    );
  }

  /** Goes to a wall time, by the film at hand where that has the time. */
  seek(to: number): void {
    this.problem = null;
    if (this.state === 'stills') {
      void this.showStill(to);
      return;
    }
    const found = mediaAt(this.pieces, to);
    const end = endOf(this.pieces);
    const first = this.pieces[0];
    const here = first !== undefined && end !== null && to >= first.wall && to < end;
    if (here && found && this.video) {
      this.skippedFrom = found.exact ? null : to;
      this.wall = found.wall;
      this.video.currentTime = found.media + 1e-4;
      if (this.state === 'ended') this.state = 'ready';
    } else {
      void this.open(this.camera, to, this.by, !this.paused || this.wantsPlay);
    }
  }

  toggle(): void {
    if (this.paused) this.play();
    else this.pause();
  }

  play(): void {
    if (!this.video || this.state === 'stills') return;
    if (this.state === 'ended') {
      this.seek((endOf(this.pieces) ?? this.wall) + 1);
      this.wantsPlay = true;
      return;
    }
    this.wantsPlay = true;
    void this.video.play().catch((thrown: unknown) => {
      if (!(thrown instanceof DOMException && thrown.name === 'AbortError')) {
        this.wantsPlay = false;
      }
    });
  }

  pause(): void {
    this.wantsPlay = false;
    this.video?.pause();
  }

  setRate(rate: number): void {
    this.rate = rate;
    if (this.video) this.video.playbackRate = rate;
  }

  faster(by: 1 | -1): void {
    const now = RATES.indexOf(this.rate as (typeof RATES)[number]);
    this.setRate(RATES[Math.min(RATES.length - 1, Math.max(0, now + by))] ?? 1);
  }

  /** Shows the picture before or behind; whole seconds where single pictures are fetched. */
  step(by: 1 | -1): void {
    this.pause();
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

  skip(seconds: number): void {
    this.seek(this.wall + seconds * 1000);
  }

  close(): void {
    this.stillAsked?.abort();
    this.hls?.destroy();
    this.hls = null;
    this.pieces = [];
    if (this.still) URL.revokeObjectURL(this.still);
    this.still = '';
  }

  // Events of the video element.

  onloadeddata = (): void => {
    this.state = 'ready';
    if (this.video) this.video.playbackRate = this.rate;
    if (this.wantsPlay) this.play();
  };

  onwaiting = (): void => {
    if (this.state === 'ready') this.state = 'waiting';
  };

  onplaying = (): void => {
    if (this.state === 'waiting') this.state = 'ready';
  };

  onseeked = (): void => {
    if (!this.video) return;
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

  onpausechange = (): void => {
    this.paused = this.video?.paused ?? true;
  };

  /** The film at hand is over: goes on with what was recorded behind. */
  onended = (): void => {
    const end = endOf(this.pieces);
    this.state = 'ended';
    if (end !== null && this.wantsPlay) void this.open(this.camera, end + 1, this.by, true);
  };

  private tick(media: number): void {
    if (this.state === 'loading' || this.state === 'failed' || this.state === 'stills') return;
    const wall = wallAt(this.pieces, media);
    if (wall === null) return;
    if (this.skippedFrom !== null && wall > this.wall + 3000) this.skippedFrom = null;
    this.wall = wall;
  }

  private async onError(hls: typeof HlsType, data: ErrorData): Promise<void> {
    const codecs: string[] = [
      hls.ErrorDetails.BUFFER_ADD_CODEC_ERROR,
      hls.ErrorDetails.BUFFER_INCOMPATIBLE_CODECS_ERROR,
      hls.ErrorDetails.MANIFEST_INCOMPATIBLE_CODECS_ERROR,
    ];
    if (codecs.includes(data.details)) {
      if (this.derived) {
        this.close();
        void this.showStill(this.wanted);
      } else {
        this.derived = true;
        void this.open(this.camera, this.wanted, this.by, this.wantsPlay);
      }
      return;
    }
    if (!data.fatal) return;
    if (
      data.type === hls.ErrorTypes.MEDIA_ERROR &&
      data.details !== hls.ErrorDetails.BUFFER_APPEND_ERROR
    ) {
      this.hls?.recoverMediaError();
      return;
    }
    const address = data.response?.url ?? data.frag?.url ?? '';
    this.state = 'failed';
    this.problem = await whyNot(address, data);
    this.close();
  }

  private async showStill(at: number): Promise<void> {
    this.state = 'stills';
    this.paused = true;
    this.wall = at;
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
    }
  }
}

function piecesOf(fragments: readonly Fragment[]): Piece[] {
  return fragments.map((one) => ({
    start: one.start,
    duration: one.duration,
    wall: one.programDateTime ?? 0,
    stretch: one.cc,
  }));
}

/** The problem behind a failed request of the player, which keeps no body of an answer: asked once more. */
async function whyNot(address: string, data: ErrorData): Promise<Problem> {
  const status = data.response?.code ?? 0;
  if (!address || status === 0) return new Problem('offline', 0, data.details, '');
  try {
    await pictureAt(address, AbortSignal.timeout(WHY_WITHIN_MS));
  } catch (thrown) {
    return asProblem(thrown);
  }
  return new Problem('failed', status, data.details, '');
}

/** How hls.js is set up here, and what its playlists and errors say. */
import type HlsType from 'hls.js/light';
import type { ErrorData, Fragment, HlsConfig, LevelDetails } from 'hls.js/light';
import { pictureAt } from '../api';
import { asProblem, Problem } from '../problem';
import type { Piece } from './wall';

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

/** A gap of a playlist: wall times in milliseconds since 1970, and the reason as the API names it. */
export interface Gap {
  start: number;
  end: number;
  reason: string;
}

export function configOf(derived: boolean): Partial<HlsConfig> {
  return {
    enableWorker: false, // fragmented MP4 is passed on as it is
    startPosition: 0,
    ...(derived ? { fragLoadPolicy: MADE_WHEN_ASKED } : {}),
    enableDateRangeMetadataCues: false, // cues would need a policy that allows data: addresses
    enableID3MetadataCues: false,
    enableEmsgMetadataCues: false,
    maxBufferLength: 20,
    maxMaxBufferLength: 60,
    backBufferLength: 60,
  };
}

export function piecesOf(fragments: readonly Fragment[]): Piece[] {
  return fragments.map((one) => ({
    start: one.start,
    duration: one.duration,
    wall: one.programDateTime ?? 0,
    stretch: one.cc,
  }));
}

export function gapsOf(details: LevelDetails): Gap[] {
  return Object.values(details.dateRanges).flatMap((one) =>
    one?.class === 'footage.gap'
      ? [
          {
            start: one.startDate.getTime(),
            end: one.endDate?.getTime() ?? Infinity,
            reason: one.attr['X-REASON'] ?? 'unknown',
          },
        ]
      : [],
  );
}

/** What an error of hls.js asks for. */
export type Mend = 'copy' | 'nothing' | 'recover' | 'tell';

export function mendOf(hls: typeof HlsType, data: ErrorData): Mend {
  const codecs: string[] = [
    hls.ErrorDetails.BUFFER_ADD_CODEC_ERROR,
    hls.ErrorDetails.BUFFER_INCOMPATIBLE_CODECS_ERROR,
    hls.ErrorDetails.MANIFEST_INCOMPATIBLE_CODECS_ERROR,
  ];
  if (codecs.includes(data.details)) return 'copy';
  if (!data.fatal) return 'nothing';
  const appended = data.details === hls.ErrorDetails.BUFFER_APPEND_ERROR;
  return data.type === hls.ErrorTypes.MEDIA_ERROR && !appended ? 'recover' : 'tell';
}

/** The problem behind a failed request of the player, which keeps no body of an answer: asked once more. */
export async function whyNot(data: ErrorData): Promise<Problem> {
  const address = data.response?.url ?? data.frag?.url ?? '';
  const status = data.response?.code ?? 0;
  if (!address || status === 0) return new Problem('offline', 0, data.details, '');
  try {
    await pictureAt(address, AbortSignal.timeout(WHY_WITHIN_MS));
  } catch (thrown) {
    return asProblem(thrown);
  }
  return new Problem('failed', status, data.details, '');
}

import createClient from 'openapi-fetch';
import { asProblem, Problem, problemOf } from './problem';
import type { components, paths } from './schema';

export type Schemas = components['schemas'];
export type Session = Schemas['SessionOut'];
export type Camera = Schemas['CameraOut'];
export type SearchIn = Schemas['SearchIn'];
export type Answer = Schemas['SearchOut'];
export type Moment = Schemas['MomentOut'];
export type Timeline = Schemas['TimelineOut'];
export type Availability = Schemas['AvailabilityOut'];
export type Changes = Schemas['ChangesOut'];

/** Case and purpose on whose behalf footage is searched and watched. */
export interface Purpose {
  case: string;
  purpose: string;
}

const BASE = '/api/v1';
const SAFE = new Set(['GET', 'HEAD']);

/** Text that changes by cookie need; set at sign-in. */
let csrf = '';
/** Is told when the session no longer counts. */
let onSignedOut = (): void => {};

export function setCsrf(text: string): void {
  csrf = text;
}

export function whenSignedOut(tell: () => void): void {
  onSignedOut = tell;
}

async function send(request: Request): Promise<Response> {
  if (!SAFE.has(request.method) && csrf) request.headers.set('Footage-CSRF', csrf);
  const response = await fetch(request);
  const signingIn =
    request.method === 'POST' && new URL(request.url).pathname === `${BASE}/session`;
  if (response.status === 401 && !signingIn) onSignedOut();
  return response;
}

export const api = createClient<paths>({ baseUrl: location.origin, fetch: send });

/** The data of an answer. Throws a `Problem` where there is none. */
export async function dataOf<T>(
  asked: Promise<{ data?: T; error?: unknown; response: Response }>,
): Promise<T> {
  let answer;
  try {
    answer = await asked;
  } catch (thrown) {
    if (thrown instanceof DOMException && thrown.name === 'AbortError') throw thrown;
    throw asProblem(thrown);
  }
  if (!answer.response.ok) throw await problemOf(answer.response, answer.error);
  return answer.data as T;
}

/** The data of an answer with its version, to be named by a change. Throws a `Problem`. */
export async function versioned<T>(
  asked: Promise<{ data?: T; error?: unknown; response: Response }>,
): Promise<{ data: T; version: string }> {
  const data = await dataOf(asked);
  return { data, version: (await asked).response.headers.get('ETag') ?? '' };
}

/** Search by an example picture, which is sent along. Throws a `Problem`. */
export async function searchByPicture(
  picture: Blob,
  name: string,
  question: SearchIn,
  signal: AbortSignal,
): Promise<Answer> {
  const form = new FormData();
  form.append('picture', picture, name);
  form.append('question', JSON.stringify(question));
  return (await (
    await asked(`${BASE}/search/picture`, { method: 'POST', body: form, signal })
  ).json()) as Answer;
}

/** A picture of the API as bytes. Throws a `Problem`. */
export async function pictureAt(address: string, signal: AbortSignal): Promise<Response> {
  return asked(address, { signal });
}

async function asked(address: string, how: RequestInit): Promise<Response> {
  let response;
  try {
    response = await send(new Request(address, how));
  } catch (thrown) {
    if (thrown instanceof DOMException && thrown.name === 'AbortError') throw thrown;
    throw asProblem(thrown);
  }
  if (!response.ok) throw await problemOf(response);
  return response;
}

/** Address of a keyframe; `thumbnail` is `segment#offset` as a moment has it. */
export function keyframeAddress(thumbnail: string, by: Purpose): string {
  const cut = thumbnail.lastIndexOf('#');
  const segment = thumbnail.slice(0, cut).split('/').map(encodeURIComponent).join('/');
  return `${BASE}/keyframes/${segment}?${new URLSearchParams({ offset: thumbnail.slice(cut + 1), ...by })}`;
}

/** Address of the picture that a camera showed at an instant. */
export function stillAddress(camera: string, at: string, height: number, by: Purpose): string {
  const query = new URLSearchParams({ at, height: String(height), ...by });
  return `${BASE}/cameras/${encodeURIComponent(camera)}/still?${query}`;
}

/** Address of the keyframe nearest to an instant, scaled down to a width. */
export function thumbnailAddress(camera: string, at: string, width: number, by: Purpose): string {
  const query = new URLSearchParams({ at, width: String(width), ...by });
  return `${BASE}/cameras/${encodeURIComponent(camera)}/thumbnail?${query}`;
}

/** Address of the HLS playlist of an interval: of the footage, or of copies in H.264 made for viewing. */
export function playlistAddress(
  camera: string,
  from: string,
  to: string,
  by: Purpose,
  proxy: boolean,
): string {
  const query = new URLSearchParams({ from, to, ...by, ...(proxy ? { view: 'proxy' } : {}) });
  return `${BASE}/cameras/${encodeURIComponent(camera)}/hls.m3u8?${query}`;
}

export { Problem };

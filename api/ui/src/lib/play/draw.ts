/** Draws the timeline of a camera on a canvas. */
import type { Availability, Timeline } from '../api';
import { marksOf, stepOf } from '../ruler';
import { msOf, when } from '../time';
import type { Lane } from './lanes';

/** Gaps in which footage was lost: drawn more heavily than those that nobody meant to record. */
const LOST: ReadonlySet<string> = new Set([
  'camera_lost',
  'recorder_down',
  'spool_overflow',
  'write_failed',
  'no_pictures',
]);
const RULER = 22;
const COVERAGE = 36;
const LANE = 9;
const BELOW = 4;
/** Least width of an item of a lane, so that an instant is seen. */
const LEAST = 4;
const MARK_APART = 86;

export interface View {
  camera: string;
  zone: string;
  locale: string;
  /** Start of the window and its length, in milliseconds; width in pixels. */
  start: number;
  span: number;
  width: number;
  /** The instant shown. */
  at: number;
  /** The marks of an interval; null: not set. */
  from: number | null;
  to: number | null;
  line: Timeline | null;
  buckets: Availability | null;
  lanes: readonly Lane[];
  font: string;
}

/** Height of the canvas in pixels with a number of lanes. */
export function heightOf(lanes: number): number {
  return RULER + COVERAGE + lanes * LANE + BELOW;
}

/** Draws a view in the colours named as the properties of the style sheet are, without dashes. */
export function draw(
  context: CanvasRenderingContext2D,
  view: View,
  colour: (name: string) => string,
): void {
  context.clearRect(0, 0, view.width, heightOf(view.lanes.length));
  context.fillStyle = colour('track');
  context.fillRect(0, RULER, view.width, COVERAGE);
  drawCoverage(context, view, colour);
  view.lanes.forEach((lane, index) => {
    const top = RULER + COVERAGE + index * LANE + 2;
    for (const item of lane.items) {
      const { weight } = item;
      if (weight === 0) fill(context, view, item, colour('faint'), top + LANE - 4, 1);
      else {
        context.globalAlpha = weight ?? 1;
        fill(context, view, item, colour(lane.name), top, LANE - 3, weight ? 1 : LEAST);
      }
    }
    context.globalAlpha = 1;
  });
  drawRuler(context, view, colour);
  drawMarks(context, view, colour);
  drawHead(context, view, colour);
}

function x(view: View, ms: number): number {
  return ((ms - view.start) / view.span) * view.width;
}

function fill(
  context: CanvasRenderingContext2D,
  view: View,
  { start, end }: { start: number; end: number },
  colour: string,
  top: number,
  height: number,
  least = 1,
): void {
  if (end < view.start || start >= view.start + view.span) return;
  const left = Math.floor(Math.max(0, x(view, start)));
  const right = Math.floor(Math.min(view.width, x(view, end)));
  context.fillStyle = colour;
  context.fillRect(left, top, Math.max(least, right - left), height);
}

function drawCoverage(
  context: CanvasRenderingContext2D,
  view: View,
  colour: (name: string) => string,
): void {
  const { line, buckets } = view;
  if (!buckets || line?.camera !== view.camera) return;
  const from = msOf(buckets.start);
  const each = (msOf(buckets.end) - from) / buckets.recorded_s.length;
  buckets.recorded_s.forEach((seconds, index) => {
    const share = (seconds * 1000) / each;
    if (share <= 0) return;
    const bucket = { start: from + index * each, end: from + (index + 1) * each };
    context.globalAlpha = Math.min(1, 0.3 + 0.7 * share); // more than 1 would be ignored
    fill(context, view, bucket, colour('recorded'), RULER, COVERAGE);
  });
  context.globalAlpha = 1;
  for (const one of line.gaps) {
    const gap = { start: msOf(one.start), end: msOf(one.end) };
    const middle = RULER + COVERAGE / 2 - 1;
    if (LOST.has(one.reason)) fill(context, view, gap, colour('lost'), RULER, COVERAGE);
    else if (one.reason === 'unknown') fill(context, view, gap, colour('unknown'), middle, 2);
    else if (one.reason === 'expired') fill(context, view, gap, colour('faint'), middle, 2);
  }
}

function drawRuler(
  context: CanvasRenderingContext2D,
  view: View,
  colour: (name: string) => string,
): void {
  const most = Math.max(2, Math.floor(view.width / MARK_APART));
  const step = stepOf(view.span, most);
  context.font = `12px ${view.font}`;
  context.textBaseline = 'middle';
  context.direction = 'ltr';
  for (const mark of marksOf(view.start, view.start + view.span, view.zone, most)) {
    const left = Math.round(x(view, mark)) + 0.5;
    context.strokeStyle = colour('faint');
    context.beginPath();
    context.moveTo(left, RULER - 5);
    context.lineTo(left, RULER + COVERAGE);
    context.stroke();
    const told = when(mark, view.zone, view.locale);
    context.fillStyle = colour('text');
    context.fillText(textOf(told, mark, step), left + 4, 9);
  }
}

function textOf(told: { date: string; time: string }, mark: number, step: number): string {
  if (step >= 86400) return told.date;
  if (step >= 60) return told.time.slice(0, 5);
  return step >= 1 ? told.time : `${told.time}.${Math.floor((mark % 1000) / 100)}`;
}

function drawMarks(
  context: CanvasRenderingContext2D,
  view: View,
  colour: (name: string) => string,
): void {
  const height = heightOf(view.lanes.length) - RULER;
  if (view.from !== null && view.to !== null) {
    context.globalAlpha = 0.28;
    fill(context, view, { start: view.from, end: view.to }, colour('mark'), RULER, height);
    context.globalAlpha = 1;
  }
  for (const [ms, way] of [
    [view.from, 1],
    [view.to, -1],
  ] as const) {
    if (ms === null || ms < view.start || ms > view.start + view.span) continue;
    const left = x(view, ms);
    context.fillStyle = colour('mark');
    context.fillRect(left - 1.5, RULER, 3, height);
    for (const top of [RULER, RULER + height - 3]) context.fillRect(left, top, way * 8, 3);
  }
}

function drawHead(
  context: CanvasRenderingContext2D,
  view: View,
  colour: (name: string) => string,
): void {
  const head = x(view, view.at);
  if (head < 0 || head > view.width) return;
  context.fillStyle = colour('head');
  context.fillRect(head - 1.5, RULER - 6, 3, heightOf(view.lanes.length) - RULER + 4);
  context.beginPath();
  context.moveTo(head - 8, 8);
  context.lineTo(head + 8, 8);
  context.lineTo(head, 19);
  context.fill();
}

import type { LoadTick } from '../../model/load.ts';
import { countOf, formatBytes, formatDuration, formatNumber, formatPercent, NOTHING } from '../../report/format.ts';
import type { Paint } from '../../report/terminal/paint.ts';
import { cutEnd, displayWidth, pad } from '../../report/text.ts';
import { knownOf } from '../../stats/enough.ts';
import { sparkline } from './sparkline.ts';

export interface LivePlan {
  /** What runs, in one line. */
  readonly title: string;
  /** Seconds of the measured part. */
  readonly duration: number;
  /** Requests (iterations, see `flows`) per second; null in a closed loop, and where the rate changes. */
  readonly rate: number | null;
  readonly users: number;
  /**
   * Requests after which it is over. Absent: when its time is. Null: a number of iterations, of which ticks do not know how many
   * are done, because they have several requests.
   */
  readonly requests?: number | null;
  /** Whether `rate` is one of iterations that have several requests each. */
  readonly flows?: boolean;
}

/** What is known beside a tick. */
export interface LiveExtra {
  /** Of the busiest worker, 0–1. */
  readonly loopUtilisation?: number;
  /** Requests that left late by the generator's fault, so far. */
  readonly late?: number;
  /** Requests (iterations, of flows with several steps) per second that are planned at this moment, where that changes. */
  readonly targetRate?: number | null;
}

/** What the view remembers. */
export interface LiveState {
  /** Oldest first; at most HISTORY of them. */
  readonly recent: readonly LoadTick[];
  readonly completed: number;
  readonly errors: number;
  readonly extra: LiveExtra;
}

/** Seconds that the sparklines look back. */
export const HISTORY = 60;
const LABEL = 12;
const VALUE = 18;
const WIDEST = 100;
/** Above these the event loop delays answers: the gate is at 85 % (DESIGN §7). */
const BUSY = 0.7;
const TOO_BUSY = 0.85;

type Style = Parameters<Paint>[0];

/** Pieces of a line with their styles: cut to the width first and painted then, because escape sequences have no width. */
type Piece = readonly [style: Style, text: string];

function fitted(text: string, room: number): string {
  if (displayWidth(text) <= room) return text;
  const bare = text.trimEnd();
  if (displayWidth(bare) <= room) return bare;
  return room > 0 ? cutEnd(bare, room) : '';
}

function line(pieces: readonly Piece[], width: number, paint: Paint): string {
  let room = width;
  let text = '';
  for (const [style, piece] of pieces) {
    const cut = fitted(piece, room);
    room -= displayWidth(cut);
    // Spaces have no colour.
    text += paint(style, cut.trimEnd()) + ' '.repeat(cut.length - cut.trimEnd().length);
  }
  return text.trimEnd();
}

/** Whole seconds, as of a second only the end is known; of what did not last one, all that is known. */
export const elapsedText = (at: number): string => formatDuration(at < 1 ? at : Math.round(at));

/** How far it is: done, of how much, and the share of it; null where that is not known. */
export function progressText(
  { duration, requests }: LivePlan,
  { at, completed }: { readonly at: number; readonly completed: number },
): { readonly done: string; readonly of: string; readonly share: number | null } {
  const shareOf = (part: number, whole: number) => (whole > 0 ? Math.min(1, Math.max(0, part / whole)) : 0);
  if (typeof requests === 'number') {
    const done = formatNumber(completed);
    return { done, of: countOf(requests, 'request'), share: shareOf(completed, requests) };
  }
  const [done, of] = [elapsedText(at), formatDuration(duration)];
  return requests === null ? { done, of: `at most ${of}`, share: null } : { done, of, share: shareOf(at, duration) };
}

function bar(plan: LivePlan, so: { readonly at: number; readonly completed: number }, width: number): readonly Piece[] {
  const { done: from, of, share } = progressText(plan, so);
  if (share === null) return [['plain', `${from} of ${of}`]];
  const percent = ` ${of}  ${Math.floor(share * 100)} %`;
  const length = Math.max(0, width - displayWidth(from) - displayWidth(percent) - 1);
  const full = Math.round(share * length);
  return [
    ['plain', `${from} `],
    ['good', '━'.repeat(full)],
    ['dim', '╌'.repeat(length - full)],
    ['plain', percent],
  ];
}

/** A rate over the second that the tick stands for. */
function perSecond(ticks: readonly LoadTick[], i: number, of: (tick: LoadTick) => number): number {
  const tick = ticks[i]!;
  const length = tick.at - (ticks[i - 1]?.at ?? Math.max(0, tick.at - 1));
  return length > 0 ? of(tick) / length : Number.NaN;
}

/** The lines of the view, each at most `columns` − 1 cells wide, so that none of them wraps. */
export function liveFrame(plan: LivePlan, state: LiveState, columns: number, paint: Paint): readonly string[] {
  const width = Math.max(10, Math.min(WIDEST, columns - 1));
  const { recent, completed, errors, extra } = state;
  const last = recent.at(-1);
  if (!last) return [line([['title', plan.title]], width, paint), line([['dim', 'starting …']], width, paint)];
  const label = (text: string): Piece => ['dim', pad(text, LABEL, 'left')];
  const value = (text: string, style: Style = 'plain'): Piece => [style, pad(text, VALUE, 'left')];
  const spark = (values: readonly (number | null)[], top = 0): Piece => [
    'miss',
    sparkline(values, Math.min(HISTORY, width - LABEL - VALUE), top),
  ];
  const rates = recent.map((_, i) => perSecond(recent, i, (tick) => tick.completed));
  const target = extra.targetRate ?? plan.rate;
  const known = recent.map(({ completed: answered, p50, p90, p99 }) => knownOf({ p50, p90, p99 }, answered));
  const p99s = known.map(({ p99 }) => (Number.isFinite(p99) ? p99 : null));
  const { p50, p90 } = known.at(-1)!;
  const share = completed > 0 ? ` (${formatPercent(errors / completed)})` : '';
  const loop = extra.loopUtilisation ?? Number.NaN;
  const busy: Style = loop > TOO_BUSY ? 'bad' : loop > BUSY ? 'warn' : 'plain';
  const late = extra.late === undefined ? '' : `${formatNumber(extra.late)} late`;
  const lines: readonly (readonly Piece[])[] = [
    [['title', plan.title]],
    bar(plan, { at: last.at, completed }, width),
    [
      label('requests/s'),
      value(`${formatNumber(rates.at(-1)!)}${target === null || plan.flows ? '' : ` of ${formatNumber(target)}`}`),
      spark(rates, plan.flows ? 0 : (target ?? 0)),
    ],
    // How many requests an iteration has is known when it is over.
    ...(plan.flows && target !== null ? [[label('planned'), value(`${formatNumber(target)} iterations/s`)]] : []),
    [label('p99'), value(formatDuration(p99s.at(-1) ?? Number.NaN)), spark(p99s)],
    [label('p50, p90'), value(Number.isFinite(p50) ? `${formatDuration(p50)}, ${formatDuration(p90)}` : NOTHING)],
    [label('errors'), value(`${formatNumber(errors)}${share}`, errors > 0 ? 'bad' : 'plain')],
    [
      label('in flight'),
      value(formatNumber(last.inFlight)),
      ['dim', `${formatBytes(perSecond(recent, recent.length - 1, (tick) => tick.bytes))}/s received`],
    ],
    ...(Number.isFinite(loop) || late !== ''
      ? [
          [
            label('generator'),
            value(Number.isFinite(loop) ? `${formatPercent(loop)} busy` : '', busy),
            [extra.late ? 'warn' : 'dim', late] as const,
          ],
        ]
      : []),
  ];
  return lines.map((pieces) => line(pieces, width, paint));
}

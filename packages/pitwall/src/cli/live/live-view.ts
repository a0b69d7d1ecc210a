import type { LoadTick } from '../../model/load.ts';
import { formatDuration, formatNumber } from '../../report/format.ts';
import { paintWith } from '../../report/terminal/paint.ts';
import { displayWidth, clean as printable } from '../../report/text.ts';
import { knownOf } from '../../stats/enough.ts';
import { type HiddenCursor, hideCursor } from './cursor.ts';
import {
  elapsedText,
  HISTORY,
  type LiveExtra,
  type LivePlan,
  type LiveState,
  liveFrame,
  progressText,
} from './frame.ts';

export type { LiveExtra, LivePlan } from './frame.ts';

export interface LiveViewOptions {
  /** Where it is drawn: stderr, as a rule, because stdout is the report's. */
  readonly stream: { write(text: string): unknown };
  /** Size of the terminal, asked for at every frame: it may have changed. */
  columns(): number;
  rows?(): number;
  readonly isTerminal: boolean;
  readonly quiet: boolean;
  readonly color?: boolean;
  /** Takes secrets out, before anything is cut to a width. */
  clean(text: string): string;
  readonly planned: LivePlan;
}

export interface LiveView {
  /** Once a second of the measured part. */
  tick(tick: LoadTick, extra?: LiveExtra): void;
  /** Something worth keeping: stays above the view. */
  note(text: string): void;
  /**
   * Takes the view away and gives the cursor back. May be called more than once. `duration`: measured seconds, where they are
   * known: the last tick stands for a second that may not have been a whole one.
   */
  done(duration?: number): void;
}

/** Seconds between two lines where there is no terminal. */
const EVERY = 10;
/** Synchronized output: terminals that know it show a frame only when it is whole, others ignore it. */
const BEGIN = '\u001b[?2026h';
const END = '\u001b[?2026l';
const CLEAR_LINE = '\u001b[K';
const CLEAR_BELOW = '\u001b[J';

const NOTHING: LiveView = { tick() {}, note() {}, done() {} };

/**
 * Shows a load while it runs. On a terminal a few lines that are drawn over again in place, each time with one write; elsewhere
 * a line every ten seconds; with `quiet` nothing.
 */
export function createLiveView(options: LiveViewOptions): LiveView {
  if (options.quiet) return NOTHING;
  return options.isTerminal ? drawnView(options) : lineView(options);
}

const safe = ({ clean }: LiveViewOptions, text: string): string => printable(clean(text));

/** Lines of the frame before take more rows where the terminal has become narrower since. */
function rowsOf(lines: readonly number[], columns: number): number {
  return lines.reduce((sum, width) => sum + Math.max(1, Math.ceil(width / Math.max(1, columns))), 0);
}

function drawnView(options: LiveViewOptions): LiveView {
  const { stream } = options;
  const plan: LivePlan = { ...options.planned, title: safe(options, options.planned.title) };
  const [paint, plain] = [paintWith(options.color ?? false), paintWith(false)];
  let state: LiveState = { recent: [], completed: 0, errors: 0, extra: {} };
  /** Widths of the lines that are on the screen. */
  let drawn: readonly number[] = [];
  let cursor: HiddenCursor | null = null;
  let ended = false;

  /** A terminal that does not know its size says 0. */
  const width = (): number => options.columns() || 80;
  const up = (): string => {
    const rows = rowsOf(drawn, width());
    return rows > 0 ? `\r\u001b[${rows}A` : '';
  };
  /** Draws the view anew below `above`, which stays. */
  const draw = (above: string): void => {
    const columns = width();
    // A view that is higher than the terminal would scroll with every frame.
    const rows = Math.max(1, (options.rows?.() || 24) - 1);
    const lines = liveFrame(plan, state, columns, paint).slice(0, rows);
    const frame = lines.map((line) => `${line}${CLEAR_LINE}\n`).join('');
    stream.write(`${BEGIN}${up()}${above}${frame}${CLEAR_BELOW}${END}`);
    drawn = liveFrame(plan, state, columns, plain).slice(0, rows).map(displayWidth);
  };
  const show = (above: string): void => {
    cursor ??= hideCursor(stream, () => {
      drawn = [];
    });
    draw(above);
  };
  show('');
  return {
    tick(tick, extra = {}) {
      if (ended) return;
      state = {
        recent: [...state.recent, tick].slice(-HISTORY),
        completed: state.completed + tick.completed,
        errors: state.errors + tick.errors,
        extra: { ...state.extra, ...extra },
      };
      show('');
    },
    note(text) {
      if (ended) stream.write(`${safe(options, text)}\n`);
      else show(`${safe(options, text)}${CLEAR_LINE}\n`);
    },
    done() {
      ended = true;
      if (drawn.length > 0) stream.write(`${up()}${CLEAR_BELOW}`);
      drawn = [];
      cursor?.show();
      cursor = null;
    },
  };
}

function lineView(options: LiveViewOptions): LiveView {
  const { stream, planned } = options;
  let part: LoadTick[] = [];
  let from = 0;
  let completed = 0;
  const say = (text: string): void => {
    stream.write(`${safe(options, text)}\n`);
  };
  const flush = (duration = Number.POSITIVE_INFINITY): void => {
    const last = part.at(-1);
    if (!last) return;
    const sum = (of: (tick: LoadTick) => number): number => part.reduce((total, tick) => total + of(tick), 0);
    const worst = (of: 'p50' | 'p99'): string => {
      const known = part.map((tick) => knownOf({ [of]: tick[of] }, tick.completed)[of]!).filter(Number.isFinite);
      return formatDuration(known.length > 0 ? Math.max(...known) : Number.NaN);
    };
    const at = Math.max(Math.min(last.at, duration), from);
    const answered = sum((tick) => tick.completed);
    const rate = at > from ? answered / (at - from) : Number.NaN;
    const { done, of } = progressText(planned, { at, completed });
    // Requests have no time in them.
    const after = typeof planned.requests === 'number' ? ` after ${elapsedText(at)}` : '';
    say(
      [
        `${done} of ${of}${after}: ${formatNumber(rate)} requests/s`,
        `p50 ${worst('p50')} and p99 ${worst('p99')} in the worst second`,
        `${formatNumber(sum(({ errors }) => errors))} errors`,
        `${formatNumber(last.inFlight)} in flight`,
      ].join(', '),
    );
    from = last.at;
    part = [];
  };
  say(planned.title);
  return {
    tick(tick) {
      part.push(tick);
      completed += tick.completed;
      if (tick.at - from >= EVERY - 0.001) flush();
    },
    note: say,
    done: flush,
  };
}

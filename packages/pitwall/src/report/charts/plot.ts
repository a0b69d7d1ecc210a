import type { Unit } from '../../model/indicator.ts';
import { type Child, el, type Markup } from '../html/element.ts';
import { line, text } from './parts.ts';
import { logScale, niceCeiling, round } from './scale.ts';

/** Margins of `logScale`, which are taken off again: a panel uses its whole width. */
const SCALE_FROM = 2;
const SCALE_TO = 98;
/** Room above and below a plot, so that lines and labels at its edge are seen whole. */
const HEAD = 7;
const TAIL = 7;
const FOOT = 22;
/** Width of the labels beside a plot, the same for all, so that the plots are as wide as each other. */
const GUTTER = 68;

/** The vertical axis of a panel. */
export interface ValueAxis {
  /** Height of a value, 0–1. */
  height(value: number): number;
  readonly ticks: readonly number[];
}

/** Round in the units that people see: bytes are shown in powers of 1024. */
function roundedUp(value: number, unit: Unit): number {
  if (!unit.startsWith('By')) return niceCeiling(value);
  const power = 1024 ** Math.max(0, Math.floor(Math.log(value) / Math.log(1024)));
  return niceCeiling(value / power) * power;
}

/** From zero: for rates, where twice as high is to mean twice as much. `least` widens it. */
export function linearAxis(values: readonly number[], unit: Unit = '{count}', least = 0): ValueAxis {
  const top = Math.max(least, ...values.filter((value) => Number.isFinite(value) && value < 1e15));
  const most = least > 0 && top === least ? least : roundedUp(top, unit);
  return { height: (value) => Math.min(1, Math.max(0, value / most)), ticks: [0, most / 2, most] };
}

/** For times, which differ by orders of magnitude. */
export function logAxis(values: readonly number[], mostTicks = 4): ValueAxis {
  const { at, ticks } = logScale(values, mostTicks);
  return { height: (value) => (at(value) - SCALE_FROM) / (SCALE_TO - SCALE_FROM), ticks };
}

/** A drawing whose vertical axis stands beside it. */
export interface Plot {
  /** Unique in the page. */
  readonly id: string;
  /** What it shows, for those who cannot see it. */
  readonly title: string;
  readonly description: string;
  /** Pixels. */
  readonly height: number;
  readonly axis: ValueAxis;
  label(value: number): string;
  /** In a space 1000 wide and 100 high that fills the plot. */
  readonly drawn: Child;
  /** Over the plot, in per cent and pixels; gets the y of a value. */
  over?(y: (value: number) => number): Child;
}

/** The plot with its labels; `across` draws the horizontal axis between two y, with a label below it when `labelled`. */
export function plot(
  { axis, label, drawn, over, ...one }: Plot,
  labelled: boolean,
  across: (top: number, bottom: number) => Child,
): Markup {
  const bottom = HEAD + one.height;
  const y = (value: number): number => round(bottom - one.height * axis.height(value));
  const grid = axis.ticks.map((value) => line(0, y(value), 100, y(value), 'grid'));
  const labels = axis.ticks.map((value) => text(6, y(value) + 4, 'tick', value === 0 ? '0' : label(value)));
  const height = bottom + (labelled ? FOOT : TAIL);
  const inner = { x: 0, y: HEAD, width: '100%', height: one.height };
  const drawing = el(
    'svg',
    {
      class: 'chart',
      width: '100%',
      height,
      role: 'img',
      'aria-labelledby': `${one.id}-title ${one.id}-desc`,
      xmlns: 'http://www.w3.org/2000/svg',
    },
    el('title', { id: `${one.id}-title` }, one.title),
    el('desc', { id: `${one.id}-desc` }, one.description),
    across(HEAD, bottom),
    grid,
    el('svg', { ...inner, viewBox: '0 0 1000 100', preserveAspectRatio: 'none', overflow: 'visible' }, drawn),
    over ? over(y) : null,
  );
  const beside = { class: 'beside', width: GUTTER, height, 'aria-hidden': 'true', xmlns: 'http://www.w3.org/2000/svg' };
  return el('div', { class: 'panel-plot' }, drawing, el('svg', beside, labels));
}

/** A path through points given as [x, height 0–1]; a null height interrupts it. */
export function path(points: readonly (readonly [x: number, height: number | null])[]): string {
  let pen = 'M';
  return points
    .map(([x, height]) => {
      if (height === null) {
        pen = 'M';
        return '';
      }
      const step = `${pen}${x},${round(100 - 100 * height)}`;
      pen = 'L';
      return step;
    })
    .join('');
}

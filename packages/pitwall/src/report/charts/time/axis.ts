import { formatDuration } from '../../format.ts';
import type { Child } from '../../html/element.ts';
import { line, tick } from '../parts.ts';
import { round } from '../scale.ts';

/** The horizontal axis that all panels share: from the start of the measured part to its end. */
export interface TimeAxis {
  readonly end: number;
  /** Per cent of the width. */
  x(at: number): number;
}

export function timeAxis(end: number): TimeAxis {
  const length = end > 0 ? end : 1;
  return { end: length, x: (at) => round((100 * Math.min(length, Math.max(0, at))) / length) };
}

/** Whole seconds, minutes or hours, at most six of them. */
function timeTicks(end: number): readonly number[] {
  const steps = [1, 2, 5, 10, 15, 30, 60, 120, 300, 600, 900, 1800, 3600, 7200, 14_400, 43_200];
  const step = steps.find((one) => end / one <= 5) ?? 86_400 * Math.ceil(end / 86_400 / 5);
  return Array.from({ length: Math.min(6, Math.floor(end / step) + 1) }, (_, i) => i * step);
}

/** Where a point of time lies in the space of `drawn`. */
export const across = (axis: TimeAxis, at: number): number => round(axis.x(at) * 10);

/** Grid lines between two y; with their times below when they are the last of the stack. */
export function timeGrid(time: TimeAxis, top: number, bottom: number, labelled: boolean): Child {
  return timeTicks(time.end).map((at) =>
    labelled ? tick(time.x(at), top, bottom, formatDuration(at)) : line(time.x(at), top, time.x(at), bottom, 'grid'),
  );
}

import { styleText } from 'node:util';
import type { Tone } from '../content/words.ts';

type Style = Tone | 'title' | 'dim';

/** Colours a piece of text, or does not. Never changes its width. */
export type Paint = (style: Style, text: string) => string;

const STYLES = {
  good: ['green'],
  miss: ['cyan'],
  warn: ['yellow'],
  bad: ['red', 'bold'],
  unknown: ['magenta'],
  plain: [],
  title: ['bold'],
  dim: ['dim'],
} as const satisfies Record<Style, readonly Parameters<typeof styleText>[0][]>;

export function paintWith(color: boolean): Paint {
  if (!color) return (_, text) => text;
  return (style, text) =>
    STYLES[style].length === 0 || text === '' ? text : styleText([...STYLES[style]], text, { validateStream: false });
}

/** What every section of the terminal rendering needs. */
export interface Screen {
  readonly paint: Paint;
  /** Cells a line may take. */
  readonly width: number;
  /** Say everything in full. */
  readonly details: boolean;
}

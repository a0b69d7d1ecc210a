import { type Child, el, type Markup } from '../html/element.ts';
import { cutMiddle } from '../text.ts';

/** Marks, told apart by shape as well as by colour; drawn around 0,0. */
const SHAPES = {
  dot: 'M-5,0a5,5 0 1,0 10,0a5,5 0 1,0 -10,0z',
  diamond: 'M0,-6.5L6.5,0L0,6.5L-6.5,0z',
  triangle: 'M0,-6L6,5L-6,5z',
  square: 'M-4.5,-4.5h9v9h-9z',
} as const;
export type Shape = keyof typeof SHAPES;

export interface ChartText {
  /** Unique in the page. */
  readonly id: string;
  /** Short name, and one sentence that says what the picture shows, for those who cannot see it. */
  readonly title: string;
  readonly description: string;
  /** Pixels. */
  readonly height: number;
}

/** The frame of every chart: as wide as the page lets it be, `height` pixels high. */
export function chart({ id, title, description, height }: ChartText, ...children: readonly Child[]): Markup {
  const shapes = Object.entries(SHAPES).map(([name, d]) => el('path', { id: `${id}-${name}`, d }));
  return el(
    'svg',
    {
      class: 'chart',
      width: '100%',
      height,
      role: 'img',
      'aria-labelledby': `${id}-title ${id}-desc`,
      xmlns: 'http://www.w3.org/2000/svg',
    },
    el('title', { id: `${id}-title` }, title),
    el('desc', { id: `${id}-desc` }, description),
    el('defs', {}, shapes),
    ...children,
  );
}

/** A mark at x per cent and y pixels. */
export function mark(id: string, shape: Shape, x: number, y: number, style: string, hint?: string): Markup {
  const attributes = { href: `#${id}-${shape}`, x: `${x}%`, y, class: `mark ${style}` };
  return el('use', attributes, hint === undefined ? null : el('title', {}, hint));
}

export function line(x1: number, y1: number, x2: number, y2: number, style: string): Markup {
  return el('line', { x1: `${x1}%`, y1, x2: `${x2}%`, y2, class: style });
}

export function text(x: number | string, y: number, style: string, content: string): Markup {
  return el('text', { x, y, class: style }, content);
}

/** Cells of text that fit into a chart on a narrow screen and on a wide one. */
const NARROW = 40;
const WIDE = 100;

/** A line of text at the left edge, cut in the middle where it is too long: for narrow screens and for wide ones apart. */
export function label(y: number, style: 'label' | 'heading' | 'tick', content: string): Child {
  const narrow = style === 'heading' ? NARROW - 6 : style === 'tick' ? NARROW + 6 : NARROW;
  const [short, long] = [cutMiddle(content, narrow), cutMiddle(content, WIDE)];
  if (short === long) return text(0, y, style, content);
  return [text(0, y, `${style} narrow`, short), text(0, y, `${style} wide`, long)];
}

/** A vertical grid line with its label below; labels at the edges stay inside the chart. */
export function tick(x: number, top: number, bottom: number, value: string): Markup {
  const anchor = x < 8 ? 'start' : x > 92 ? 'end' : 'middle';
  const at = x < 8 ? Math.max(0, x - 2) : x > 92 ? Math.min(100, x + 2) : x;
  return el(
    'g',
    {},
    line(x, top, x, bottom, 'grid'),
    el('text', { x: `${at}%`, y: bottom + 16, class: 'tick', 'text-anchor': anchor }, value),
  );
}

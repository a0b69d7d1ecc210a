import type { Word } from '../content/words.ts';
import { type Child, el, type Markup } from './element.ts';

export interface Column {
  readonly label: string;
  /** Figures stand right, with digits of one width. */
  readonly figure?: true;
  /** Words of ours, which are short and must not be broken; all other text may be, because nobody knows how long it is. */
  readonly words?: true;
}

export interface Cell {
  readonly content: Child;
  /** A tone or another class. */
  readonly style?: string;
}

export interface Row {
  readonly cells: readonly (Cell | Child)[];
  readonly style?: string;
}

const isCell = (cell: Cell | Child): cell is Cell => typeof cell === 'object' && cell !== null && 'content' in cell;
const empty = (content: Child): boolean => content === '' || content === null;

/**
 * A table that becomes a list of cards on narrow screens; the roles keep its meaning there. Columns in which nothing stands
 * are left out.
 */
export function table(caption: string, columns: readonly Column[], rows: readonly Row[]): Markup {
  const all = rows.map((row) => row.cells.map((cell): Cell => (isCell(cell) ? cell : { content: cell })));
  const used = columns
    .map((column, i) => ({ column, i }))
    .filter(({ i }) => all.some((cells) => !empty(cells[i]?.content ?? null)));
  const head = used.map(({ column }) =>
    el('th', { scope: 'col', role: 'columnheader', class: column.figure && 'n' }, column.label),
  );
  const body = all.map((cells, y) =>
    el(
      'tr',
      { role: 'row', class: rows[y]!.style },
      used.map(({ column, i }) => {
        const { content, style } = cells[i] ?? { content: null };
        const styles = [column.figure && 'n', column.words && 'w', style, empty(content) && 'void']
          .filter(Boolean)
          .join(' ');
        const attributes = { role: 'cell', class: styles === '' ? undefined : styles, 'data-label': column.label };
        return el('td', attributes, el('div', {}, content));
      }),
    ),
  );
  return el(
    'table',
    { role: 'table', 'aria-label': caption },
    el('thead', { role: 'rowgroup' }, el('tr', { role: 'row' }, head)),
    el('tbody', { role: 'rowgroup' }, body),
  );
}

export function badge({ word, tone }: Word): Markup {
  return el('span', { class: `badge ${tone}` }, word);
}

export function section(id: string, title: string, summary: string, ...children: readonly Child[]): Markup {
  return el(
    'section',
    { 'aria-labelledby': id },
    el('h2', { id }, title),
    summary === '' ? null : el('p', { class: 'soft small' }, summary),
    ...children,
  );
}

/** A piece of a section under a heading of its own. */
export function part(title: string, ...children: readonly Child[]): Markup {
  return el('div', { class: 'part' }, el('h3', {}, title), ...children);
}

export function figure(title: string, explanation: string, drawing: Markup | null): Child {
  if (drawing === null) return null;
  return el('figure', {}, el('figcaption', {}, el('b', {}, title), explanation), drawing);
}

export function details(summary: Child, ...children: readonly Child[]): Markup {
  return el('details', {}, el('summary', {}, summary), ...children);
}

export function code(lines: readonly string[]): Child {
  return lines.length === 0 ? null : el('pre', {}, el('code', {}, lines.join('\n')));
}

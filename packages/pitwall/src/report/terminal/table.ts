import { cutMiddle, displayWidth, pad, wrap } from '../text.ts';
import type { Paint, Screen } from './paint.ts';

type Style = Parameters<Paint>[0];

export type Cell =
  | string
  | {
      readonly text: string;
      readonly style: Style;
      /** Said instead when the text is too long, before anything is cut. */
      readonly short?: string;
      /** With `short`: the whole text then stands on a line of its own above, and here what is short if there is room for it. */
      readonly above?: true;
    };

export interface Column {
  readonly header: string;
  readonly align: 'left' | 'right';
  /** One column of a table gives way when the others need the room: what is too long for it is cut in the middle. */
  readonly grows?: true;
}

export type Row =
  | { readonly cells: readonly Cell[] }
  /** A line of its own over the columns from the one that grows on, wrapped. */
  | {
      readonly note: string;
      readonly style: Style;
      readonly indent?: number;
      /** A word before the note, in its own style. */
      readonly lead?: { readonly text: string; readonly style: Style };
    };

const GAP = '  ';
const INDENT = '  ';
const SMALLEST = 12;

const textOf = (cell: Cell | undefined): string => (typeof cell === 'object' ? cell.text : (cell ?? ''));

/** Lines of a table that takes at most `screen.width` cells. Columns in which nothing stands are left out. */
export function table(columns: readonly Column[], rows: readonly Row[], { paint, width }: Screen): readonly string[] {
  const cellRows = rows.flatMap((row) => ('cells' in row ? [row.cells] : []));
  const used = columns
    .map((column, i) => ({ column, i }))
    .filter(({ i }) => cellRows.some((cells) => textOf(cells[i]) !== ''));
  const natural = used.map(({ column, i }) =>
    Math.max(displayWidth(column.header), ...cellRows.map((cells) => displayWidth(textOf(cells[i])))),
  );
  const room = width - INDENT.length - GAP.length * (used.length - 1);
  const grower = used.findIndex(({ column }) => column.grows);
  const fixed = natural.reduce((sum, size, i) => (i === grower ? sum : sum + size), 0);
  const widths = natural.map((size, i) => (i === grower ? Math.min(size, Math.max(SMALLEST, room - fixed)) : size));
  const start = INDENT.length + widths.slice(0, Math.max(0, grower)).reduce((sum, size) => sum + size + GAP.length, 0);

  const line = (render: (index: number, columnWidth: number) => string): string =>
    (INDENT + widths.map((size, i) => render(i, size)).join(GAP)).trimEnd();
  const header = line((i, size) => {
    const { header: name, align } = used[i]!.column;
    // Painted before it is padded, as cells are.
    return pad(name, size, align).replace(name, () => paint('dim', name));
  });
  return [
    header,
    ...rows.flatMap((row) => {
      if ('note' in row) {
        const indent = ' '.repeat(start + (row.indent ?? 0));
        const lead = row.lead ? `${row.lead.text}  ` : '';
        return wrap(lead + row.note, Math.max(SMALLEST, width - indent.length)).map((part, i) => {
          const led = i === 0 && row.lead !== undefined && part.startsWith(lead);
          const [head, rest] = led ? [paint(row.lead.style, lead), part.slice(lead.length)] : ['', part];
          return indent + head + paint(row.style, rest);
        });
      }
      const above = row.cells.find((cell) => typeof cell === 'object' && cell.above);
      const tooLong = above !== undefined && displayWidth(textOf(above)) > (widths[grower] ?? 0);
      return [
        ...(tooLong ? whole(textOf(above), start, width) : []),
        line((i, size) => {
          const { column, i: original } = used[i]!;
          const cell = row.cells[original];
          const full = textOf(cell);
          const short = typeof cell === 'object' && displayWidth(full) > size ? (cell.short ?? full) : full;
          // What stands above in full is not said again, nor as a piece that nobody can read.
          const again = tooLong && cell === above && (short === full || displayWidth(short) > size);
          const text = again ? '' : cutMiddle(short, size);
          // Painted before it is padded: the line's end is trimmed, and spaces have no colour.
          const painted = typeof cell === 'object' ? paint(cell.style, text) : text;
          const space = ' '.repeat(size - displayWidth(text));
          return column.align === 'left' ? painted + space : space + painted;
        }),
      ];
    }),
  ];
}

/** A text on lines of its own, as far in as it is by itself. */
function whole(text: string, start: number, width: number): readonly string[] {
  const indent = start + text.length - text.trimStart().length;
  return wrap(text, Math.max(SMALLEST, width - indent)).map((part) => ' '.repeat(indent) + part);
}

/** A section's title line, with what it comes to beside it. */
export function titleLine(title: string, summary: string, { paint, width }: Screen): readonly string[] {
  if (displayWidth(title) + displayWidth(summary) + 3 <= width) {
    return [`${paint('title', title)}${summary === '' ? '' : `   ${paint('dim', summary)}`}`];
  }
  return [
    ...wrap(title, width).map((part) => paint('title', part)),
    ...wrap(summary, width - 2).map((part) => `  ${paint('dim', part)}`),
  ];
}

import type { DatabaseReport } from '../../model/database.ts';
import type { CacheState, ConnectionState, Storage } from '../../model/database-state.ts';
import {
  cacheNotes,
  cacheTally,
  cacheTexts,
  connectionNotes,
  connectionTally,
  connectionTexts,
  type StoredText,
  storageNotes,
  storageTally,
  storedTexts,
} from '../content/database/state.ts';
import { clean, displayWidth, wrap } from '../text.ts';
import type { Screen } from './paint.ts';
import { type Cell, type Column, type Row, table, titleLine } from './table.ts';

const TABLES: readonly Column[] = [
  { header: 'TOTAL', align: 'right' },
  { header: 'SHARE', align: 'right' },
  { header: 'DATA', align: 'right' },
  { header: 'INDEXES', align: 'right' },
  { header: 'NO.', align: 'right' },
  { header: 'ROWS', align: 'right' },
  { header: 'TABLE', align: 'left', grows: true },
];
/** Cells of a terminal that are enough for all columns; with fewer, those that others tell of too are left out. */
const WIDE = 76;
const SPARE: readonly string[] = ['DATA', 'NO.'];
/** Without --details. */
const SHOWN = { tables: 20, groups: 6 };

/** Sizes, cache and connections of a database. */
export function stateLines({ target, state }: DatabaseReport, screen: Screen): readonly string[] {
  const { storage, cache, connections } = state ?? {};
  const name = clean(target);
  return [
    ...(storage ? storageLines(name, storage, screen) : []),
    ...(cache ? cacheLines(name, cache, screen) : []),
    ...(connections ? connectionLines(name, connections, screen) : []),
  ];
}

function storageLines(name: string, storage: Storage, screen: Screen): readonly string[] {
  const limit = screen.details ? storage.tables.length : SHOWN.tables;
  const { texts, rest } = storedTexts(storage, limit);
  const isSpared = ({ header }: Column) => screen.width < WIDE && SPARE.includes(header);
  const rows = texts.flatMap((one): Row[] => [
    { cells: cellsOf(one).filter((_, i) => !isSpared(TABLES[i]!)) },
    ...(one.partitions === '' ? [] : [{ note: one.partitions, style: 'dim', indent: 2 } as const]),
  ]);
  const columns = TABLES.filter((column) => !isSpared(column));
  const canSee = !screen.details && storage.tables.length > limit;
  return [
    '',
    ...titleLine(`STORAGE of ${name}`, storageTally(storage), screen),
    '',
    ...(rows.length > 0 ? table(columns, rows, screen) : [`  ${screen.paint('dim', 'No table was measured.')}`]),
    ...(rest === null ? [] : prose(`… ${rest}${canSee ? '; --details shows more' : ''}.`, screen)),
    ...notes(storageNotes(storage), screen),
  ];
}

function cellsOf({ total, share, data, indexData, indexes, rows, name }: StoredText): readonly Cell[] {
  return [total, share, data, indexData, indexes, rows, { text: name, style: 'title' }];
}

function cacheLines(name: string, cache: CacheState, screen: Screen): readonly string[] {
  return [
    '',
    ...titleLine(`CACHE of ${name}`, cacheTally(cache), screen),
    ...labelled(cacheTexts(cache), screen),
    ...notes(cacheNotes(cache), screen),
  ];
}

function connectionLines(name: string, connections: ConnectionState, screen: Screen): readonly string[] {
  const limit = screen.details ? connections.used : SHOWN.groups;
  return [
    '',
    ...titleLine(`CONNECTIONS of ${name}`, connectionTally(connections), screen),
    ...labelled(connectionTexts(connections, limit), screen),
    ...notes(connectionNotes(connections), screen),
  ];
}

function labelled(texts: readonly (readonly [label: string, text: string])[], { paint, width }: Screen): string[] {
  if (texts.length === 0) return [];
  const widest = Math.max(...texts.map(([label]) => displayWidth(label)));
  const lines = texts.flatMap(([label, text]) =>
    wrap(text, width - widest - 4).map(
      (part, i) => `  ${paint('dim', (i === 0 ? label : '').padEnd(widest))}  ${part}`,
    ),
  );
  return ['', ...lines];
}

function notes(texts: readonly string[], screen: Screen): readonly string[] {
  return texts.length === 0 ? [] : ['', ...texts.flatMap((text) => prose(text, screen))];
}

function prose(text: string, { paint, width }: Screen): readonly string[] {
  return wrap(text, width - 4).map((part, i) => `  ${i === 0 ? '' : '  '}${paint('dim', part)}`);
}

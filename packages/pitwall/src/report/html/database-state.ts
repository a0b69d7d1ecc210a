import type { DatabaseReport } from '../../model/database.ts';
import {
  cacheNotes,
  cacheTally,
  cacheTexts,
  connectionNotes,
  connectionTally,
  connectionTexts,
  storageNotes,
  storageTally,
  storedTexts,
} from '../content/database/state.ts';
import { clean } from '../text.ts';
import { type Child, el } from './element.ts';
import { section, table } from './parts.ts';

const TABLES = [
  { label: 'Table' },
  { label: 'Total', figure: true },
  { label: 'Share', figure: true },
  { label: 'Data', figure: true },
  { label: 'Index data', figure: true },
  { label: 'Indexes', figure: true },
  { label: 'Rows', figure: true },
] as const;

const soft = (text: string): Child => el('p', { class: 'soft small' }, text);

export function statePart({ target, state }: DatabaseReport, i: number): Child {
  const { storage, cache, connections } = state ?? {};
  const name = clean(target);
  const stored = storage && storedTexts(storage, storage.tables.length);
  return [
    storage && stored
      ? section(
          `storage-${i}`,
          `Storage of ${name}`,
          storageTally(storage),
          table(
            `Tables of ${name}`,
            TABLES,
            stored.texts.map((one) => ({
              cells: [
                [one.name, one.partitions === '' ? null : soft(one.partitions)],
                one.total,
                one.share,
                one.data,
                one.indexData,
                one.indexes,
                one.rows,
              ],
            })),
          ),
          stored.rest === null ? null : soft(`… ${stored.rest}.`),
          storageNotes(storage).map(soft),
        )
      : null,
    cache
      ? section(
          `cache-${i}`,
          `Cache of ${name}`,
          cacheTally(cache),
          pairs(`Cache of ${name}`, 'Asked for', 'Found in the cache', cacheTexts(cache)),
          cacheNotes(cache).map(soft),
        )
      : null,
    connections
      ? section(
          `connections-${i}`,
          `Connections of ${name}`,
          connectionTally(connections),
          pairs(`Connections of ${name}`, 'By', 'Connections', connectionTexts(connections, connections.used)),
          connectionNotes(connections).map(soft),
        )
      : null,
  ];
}

function pairs(
  caption: string,
  label: string,
  text: string,
  texts: readonly (readonly [label: string, text: string])[],
): Child {
  if (texts.length === 0) return null;
  return table(
    caption,
    [{ label, words: true }, { label: text }],
    texts.map((cells) => ({ cells })),
  );
}

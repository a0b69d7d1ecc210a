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
import { md, section, table } from './parts.ts';

export function stateLines({ target, state }: DatabaseReport): readonly string[] {
  const { storage, cache, connections } = state ?? {};
  const name = md(clean(target));
  const stored = storage && storedTexts(storage, storage.tables.length);
  return [
    ...(storage && stored
      ? [
          ...section(`Storage of ${name}`, storageTally(storage)),
          ...table(
            ['Table', 'Total', 'Share', 'Data', 'Index data', 'Indexes', 'Rows'],
            [1, 2, 3, 4, 5, 6],
            stored.texts.map((one) => [
              md([one.name, one.partitions].filter((part) => part !== '').join(', ')),
              one.total,
              md(one.share),
              one.data,
              one.indexData,
              one.indexes,
              one.rows,
            ]),
          ),
          ...listed([...(stored.rest === null ? [] : [`… ${stored.rest}.`]), ...storageNotes(storage)]),
        ]
      : []),
    ...(cache
      ? [
          ...section(`Cache of ${name}`, cacheTally(cache)),
          ...listed([...pairs(cacheTexts(cache)), ...cacheNotes(cache)]),
        ]
      : []),
    ...(connections
      ? [
          ...section(`Connections of ${name}`, connectionTally(connections)),
          ...listed([...pairs(connectionTexts(connections, connections.used)), ...connectionNotes(connections)]),
        ]
      : []),
  ];
}

const pairs = (texts: readonly (readonly [label: string, text: string])[]): readonly string[] =>
  texts.map(([label, text]) => `${label}: ${text}`);

function listed(texts: readonly string[]): readonly string[] {
  return texts.length === 0 ? [] : [...texts.map((text) => `- ${md(text)}`), ''];
}

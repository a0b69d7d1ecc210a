/**
 * Makes a change of a PostgreSQL database in a process of its own, which its parent kills at some moment.
 *
 *     postgresql-child.ts STATE_FOLDER URL apply|recover
 *
 * The change is `change.json` in the folder. Prints the steps as they begin, and `done` at the end.
 */
import { readFileSync, writeSync } from 'node:fs';
import { join } from 'node:path';
import { reasonOf } from '../../src/errors.ts';
import { connectPostgresql } from '../../src/integrations/postgresql/connection.ts';
import integration from '../../src/integrations/postgresql/index.ts';
import { postgresqlOptions } from '../../src/integrations/postgresql/options.ts';
import type { Change } from '../../src/model/change.ts';
import { openStore } from '../../src/store/sqlite.ts';
import { apply } from '../../src/tune/apply.ts';
import { readBootId } from '../../src/tune/boot-id.ts';
import type { TuneContext } from '../../src/tune/context.ts';
import { recover } from '../../src/tune/recover.ts';

const [directory = '', url = '', mode = ''] = process.argv.slice(2);
const store = await openStore(directory);
const context: TuneContext = {
  journal: store.journal,
  async resolve() {
    const connection = await connectPostgresql(postgresqlOptions.parse({ url, lockTimeout: 4 }), '/');
    return { integration, connection, raw: { directory, options: { url } }, close: () => connection.close() };
  },
  bootId: readBootId(),
  now: () => new Date(),
  signal: new AbortController().signal,
  keepDirectory: join(directory, 'originals'),
  allowRestart: false,
  exclusive: null,
  // Synchronous: what was printed before a kill has to arrive.
  onStep: (step) => writeSync(1, `${step}\n`),
};
try {
  if (mode === 'recover') {
    for (const { outcome, because } of await recover(context)) writeSync(1, `recovered ${outcome}: ${because}\n`);
  } else {
    await apply(context, JSON.parse(readFileSync(join(directory, 'change.json'), 'utf8')) as Change, 'p1');
  }
  writeSync(1, `unfinished ${(await store.journal.unfinished()).length}\n`);
  await store.close();
  writeSync(1, 'done\n');
} catch (error) {
  writeSync(1, `failed ${(error as { code?: string }).code}: ${reasonOf(error)}\n`);
  process.exitCode = 1;
}

import { printable } from '../../../errors.ts';
import type { StatementReader } from './events.ts';
import { Gathering } from './gather.ts';
import { eventsOf, readStatements, type SqlLexis } from './sql-files.ts';
import type { Told } from './told.ts';

/** The statements of a file of SQL, as often as its comments say. */
export async function fileSource(path: string, read: StatementReader, lexis: SqlLexis, seed: number): Promise<Told> {
  const id = `file:${path}`;
  const gathering = new Gathering(id, read, seed);
  const found = await readStatements(path, lexis);
  if (typeof found !== 'string') for (const event of eventsOf(found, lexis)) gathering.add(event);
  const { statements, calls, missing } = gathering.result();
  return {
    source: {
      id,
      title: printable(path),
      calls,
      seconds: null,
      since: null,
      missing: [...(typeof found === 'string' ? [found] : []), ...missing],
    },
    statements,
    loops: [],
  };
}

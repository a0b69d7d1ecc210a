import { printable } from '../../../errors.ts';
import type { StatementReader } from '../../_sql/workload/events.ts';
import { Gathering } from '../../_sql/workload/gather.ts';
import { hasPlaceholders } from './ours.ts';
import { readStatementFile } from './sql-files.ts';
import type { Told } from './told.ts';

/** The statements of a file of SQL, as often as its comments say. */
export async function fileSource(path: string, read: StatementReader, seed: number): Promise<Told> {
  const id = `file:${path}`;
  const gathering = new Gathering(id, read, seed);
  const found = await readStatementFile(path);
  for (const { text, calls, endpoint, params } of typeof found === 'string' ? [] : found) {
    for (const [at, set] of (params.length === 0 ? [[]] : params).entries()) {
      gathering.add({
        text,
        params: set,
        seconds: null,
        rows: null,
        at: null,
        endpoint,
        request: null,
        session: null,
        calls: at === 0 ? calls : 0,
        noSample: params.length === 0 && hasPlaceholders(text),
      });
    }
  }
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

import { defineCollector } from '../../../model/define.ts';
import type { SqliteConnection } from '../connection.ts';
import { fact } from '../facts.ts';
import { describePossibleHolders } from '../tunables/holders.ts';
import { readWal } from '../wal-file.ts';
import { walReaders } from '../wal-readers.ts';

/** Bytes of a log from which on it is asked who holds it open: looking through all processes costs some milliseconds. */
const ASK_FROM = 2 ** 20;

export const wal = defineCollector<SqliteConnection>({
  id: 'wal',
  title: 'The write-ahead log, and who keeps it from being checkpointed',
  kind: 'collector',
  timeLimit: 10,
  async collect(connection, { environment }) {
    const file = readWal(connection.path);
    if (file === null) return { gaps: [{ what: 'sqlite.wal', why: 'there is no -wal file' }] };
    const ask = file.bytes >= ASK_FROM;
    return {
      facts: [
        fact('sqlite.wal', '', {
          ...file,
          readers: ask ? await walReaders(connection.path, environment.proc) : null,
          holders: ask ? await describePossibleHolders(connection.path, environment.proc) : '',
        }),
      ],
    };
  },
});

/** An index on every foreign key and every column in a WHERE or ON, as advice on the web has it. */
import { readCatalog } from '../catalog.ts';
import { testedColumns } from '../columns.ts';
import { ENGINES, type Peer } from '../types.ts';

export const naive: Peer = {
  name: 'naive',
  engines: ENGINES,
  absent: () => null,
  async propose({ engine, statements }) {
    const copy = await engine.copy('naive_asks');
    try {
      const { columns, foreignKeys, led } = await readCatalog(copy);
      const wanted = new Map<string, string>();
      for (const { table, columns: keys } of foreignKeys)
        wanted.set(`${table}.${keys.join('.')}`, `${table} (${keys.join(', ')})`);
      for (const { text } of statements)
        for (const [table, column] of testedColumns(text, columns))
          wanted.set(`${table}.${column}`, `${table} (${column})`);
      // The column of a primary key has one already.
      const ddl = [...wanted]
        .filter(([key]) => !led.has(key))
        .map(([, of], i) => `CREATE INDEX naive_${i + 1} ON ${of}`);
      return { ddl, advice: null };
    } finally {
      await copy.remove();
    }
  },
};

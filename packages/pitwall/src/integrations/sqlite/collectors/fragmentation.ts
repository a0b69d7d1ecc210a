import { defineCollector } from '../../../model/define.ts';
import type { SqliteConnection } from '../connection.ts';
import { fact } from '../facts.ts';
import { databaseBytes } from '../size.ts';

/** dbstat reads every page, one row each: of a larger file that takes too long. */
const MOST_BYTES = 2 ** 30;
const LIMIT = 10;
/** Smaller b-trees are read at once wherever their pages lie. */
const FEWEST_PAGES = 100;

export const fragmentation = defineCollector<SqliteConnection>({
  id: 'fragmentation',
  title: 'Pages of tables and indexes that do not lie one after the other',
  kind: 'collector',
  timeLimit: 15,
  async collect(connection, { signal }) {
    const what = 'sqlite.fragmentation';
    const bytes = databaseBytes(connection);
    if (bytes > MOST_BYTES) {
      return { gaps: [{ what, why: `reading every page of ${Math.round(bytes / 2 ** 20)} MiB would take too long` }] };
    }
    // Leaves in the order of the keys, as a scan reads them; `path` is that order, https://sqlite.org/dbstat.html.
    const sql = `SELECT name, count(*) AS pages, total(before IS NOT NULL AND pageno <> before + 1) AS jumps
      FROM (SELECT name, pageno, lag(pageno) OVER (PARTITION BY name ORDER BY path) AS before
            FROM dbstat WHERE schema = 'main' AND pagetype = 'leaf') GROUP BY name HAVING count(*) >= ${FEWEST_PAGES}`;
    const result = await connection
      .runner()
      .during(() => connection.runner().rows({ database: connection.path, sql, limit: 10_000 }, LIMIT, signal));
    if ('failure' in result) return { gaps: [{ what, why: result.why }] };
    return {
      facts: result.answer.rows.map((row) =>
        fact(what, String(row.name), { leaves: Number(row.pages), outOfOrder: Number(row.jumps) }),
      ),
    };
  },
});

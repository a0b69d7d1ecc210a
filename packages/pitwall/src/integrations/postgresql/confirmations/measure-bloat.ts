import { PitwallError } from '../../../errors.ts';
import { defineConfirmation } from '../../../model/define.ts';
import type { Collected } from '../../../model/integration.ts';
import { MEASURE_PROBE, measureInput } from '../bloat-measure.ts';
import { OURS, type PostgresqlConnection } from '../connection.ts';
import { fact } from '../facts/define.ts';
import { qualified } from '../identifiers.ts';

/** Percent of a leaf that REINDEX fills unless the index says otherwise. */
const USUAL_FILLFACTOR = 90;

/**
 * Measures with the extension pgstattuple, where it is installed. It reads the index, or the pages of the table that the
 * visibility map does not vouch for (pgstattuple_approx): as long as the statement time-out allows.
 * https://www.postgresql.org/docs/current/pgstattuple.html
 */
export const measureBloat = defineConfirmation<PostgresqlConnection>({
  id: MEASURE_PROBE,
  title: 'Measuring free and dead space (pgstattuple)',
  cost: 'Reads the whole index, or those pages of the table that changed since the last VACUUM, with a lock that only DROP, TRUNCATE and the like wait for. Ends at the statement time-out.',
  timeLimit: 60,
  async confirm(connection, { key, input }) {
    const { schema, name, of } = measureInput.parse(input);
    const gap = (why: string): Collected => ({ gaps: [{ what: `bloat of ${schema}.${name}`, why }] });
    const [extension] = await connection.query<{ schema: string }>(
      `${OURS} quote_ident(n.nspname) AS schema FROM pg_catalog.pg_extension e JOIN pg_catalog.pg_namespace n ON n.oid = e.extnamespace
        WHERE e.extname = 'pgstattuple'`,
    );
    if (!extension) return gap('it is estimated only: the extension pgstattuple is not installed');
    const by = of === 'table' ? 'pgstattuple_approx' : 'pgstatindex';
    try {
      const [row] = await connection.query<{ bytes: number; wasted: number }>(
        of === 'table' ? tableQuestion(extension.schema) : indexQuestion(extension.schema),
        [qualified(schema, name)],
      );
      const value = { bytes: row!.bytes, wastedBytes: Math.max(0, Math.round(row!.wasted)), by };
      return { facts: [fact('postgresql.bloat-measured', key, value)] };
    } catch (error) {
      if (!(error instanceof PitwallError)) throw error;
      if (error.code === 'POSTGRESQL_SLOW')
        return gap('reading it takes longer than the option statementTimeout allows');
      if (error.code === 'POSTGRESQL_FAILED' || error.code === 'POSTGRESQL_NO_RIGHT') return gap(error.message);
      throw error;
    }
  },
});

const tableQuestion = (schema: string): string => `${OURS} table_len::float8 AS bytes,
       (coalesce(approx_free_space, 0) + coalesce(dead_tuple_len, 0))::float8 AS wasted
  FROM ${schema}.pgstattuple_approx($1::regclass)`;

/** Leaves of that density, filled as REINDEX would; pages that are empty or deleted go altogether. */
const indexQuestion = (schema: string): string => `${OURS} s.index_size::float8 AS bytes,
       (current_setting('block_size')::float8 * (s.empty_pages + s.deleted_pages
         + s.leaf_pages * greatest(0, 1 - coalesce(nullif(s.avg_leaf_density, 'NaN'), 0) / coalesce((
             SELECT option_value::float8 FROM pg_catalog.pg_class c, pg_catalog.pg_options_to_table(c.reloptions)
              WHERE c.oid = $1::regclass AND option_name = 'fillfactor'), ${USUAL_FILLFACTOR})))) AS wasted
  FROM ${schema}.pgstatindex($1::regclass) s`;

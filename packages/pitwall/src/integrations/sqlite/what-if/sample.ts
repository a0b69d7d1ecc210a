/** Rows of a table, spread over all of it, in a database in memory: what statistics of indexes that do not exist are counted on. */
import { DatabaseSync } from 'node:sqlite';
import { reasonOf } from '../../../errors.ts';
import { seededRandom } from '../../../stats/random.ts';
import { quoteIdentifier } from '../identifiers.ts';
import type { ColumnSample, KeyAnswer, KeyQuestion, SampleTable } from './protocol.ts';

/** Bytes of a text or blob that are kept of a value: more of it hardly makes two values different. */
const LONGEST_VALUE = 4096;
/** Values of all rows of a table together. */
const MOST_BYTES = 32 * 2 ** 20;

type Value = null | number | bigint | string | Uint8Array;

export class Samples {
  readonly #memory = new DatabaseSync(':memory:');
  /** Rows of the table, and of them in the sample. */
  readonly #sizes = new Map<
    string,
    { readonly rows: number; readonly sampled: number; readonly columns: readonly string[] }
  >();
  readonly #groups = new Map<string, number>();

  close(): void {
    this.#memory.close();
  }

  /** Reads the rows through `source`, which may only read. Why it is not an even sample, or null. */
  take(source: DatabaseSync, table: SampleTable, mostRows: number, seconds: number, seed: number): string | null {
    const name = quoteIdentifier(table.name);
    const columns = table.columns.map(quoteIdentifier);
    this.#memory.exec(`CREATE TABLE ${name} (${columns.join(', ')})`);
    const insert = this.#memory.prepare(`INSERT INTO ${name} VALUES (${columns.map(() => '?').join(', ')})`);
    let sampled = 0;
    let bytes = 0;
    const keep = (row: readonly Value[]) => {
      insert.run(...row);
      sampled++;
      for (const value of row) bytes += typeof value === 'string' || value instanceof Uint8Array ? value.length : 8;
    };
    const until = performance.now() + seconds * 1000;
    const late = () => performance.now() > until || bytes > MOST_BYTES || sampled >= mostRows;
    const select = `SELECT ${table.columns.map(shortened).join(', ')}`;
    let note: string | null = null;
    this.#memory.exec('BEGIN');
    if (table.rows <= mostRows || table.rowid === null) {
      for (const row of rows(source, `${select} FROM ${name}`)) {
        if (late()) break;
        keep(row);
      }
      if (late() && sampled < table.rows) note = `of ${table.name} only the first ${sampled} rows were looked at`;
    } else {
      const rowid = quoteIdentifier(table.rowid);
      const [bounds] = rows(source, `SELECT min(${rowid}), max(${rowid}) FROM ${name}`);
      const [low, high] = [Number(bounds?.[0] ?? 0), Number(bounds?.[1] ?? 0)];
      const probe = source.prepare(`${select}, ${rowid} FROM ${name} WHERE ${rowid} >= ? ORDER BY ${rowid} LIMIT 1`);
      probe.setReadBigInts(true);
      probe.setReturnArrays(true);
      const random = seededRandom(seed);
      const seen = new Set<bigint>();
      for (let tries = 0; tries < 2 * mostRows && !late(); tries++) {
        const at = BigInt(Math.floor(low + random() * (high - low + 1)));
        const row = probe.get(at) as unknown as Value[] | undefined;
        const id = row?.pop();
        if (!row || typeof id !== 'bigint' || seen.has(id)) continue;
        seen.add(id);
        keep(row);
      }
    }
    this.#memory.exec('COMMIT');
    this.#sizes.set(table.name.toLowerCase(), { rows: table.rows, sampled, columns: table.columns });
    return note;
  }

  columns(table: SampleTable): readonly ColumnSample[] {
    return table.columns.map((column) => {
      const name = quoteIdentifier(column);
      const row = this.#row(`SELECT avg(${widthOf(name)}), avg(${name} IS NULL) FROM ${quoteIdentifier(table.name)}`);
      return {
        table: table.name,
        column,
        width: Number(row[0] ?? 0),
        nullShare: Number(row[1] ?? 0),
        distinct: this.#distinct(table.name, [name], null),
      };
    });
  }

  /** Throws SQLite's error for a term that the sample's columns do not have. */
  key({ table, terms, where }: KeyQuestion): KeyAnswer {
    const size = this.#sizes.get(table.toLowerCase());
    if (!size) throw new Error(`${table} was not sampled`);
    const from = `FROM ${quoteIdentifier(table)}${where === null ? '' : ` WHERE ${where}`}`;
    const plain = terms.map(withoutDirection);
    const row = this.#row(`SELECT count(*), avg(${plain.map(widthOf).join(' + ')}) ${from}`);
    const matched = Number(row[0] ?? 0);
    // Half a row where none was seen: that none of the others has it is not known.
    const share = size.sampled === 0 ? 1 : Math.max(matched, size.sampled < size.rows ? 0.5 : 0) / size.sampled;
    const inIndex = Math.max(1, size.rows * share);
    return {
      share,
      width: Number(row[1] ?? 8 * terms.length),
      averages: plain.map((_, i) =>
        Math.max(1, inIndex / Math.max(1, this.#distinct(table, plain.slice(0, i + 1), where))),
      ),
    };
  }

  /**
   * Different combinations in the whole table. Estimated from the sample by Duj1, n·d ÷ (n − f₁ + f₁·n ÷ N) (P. Haas,
   * L. Stokes, "Estimating the number of classes in a finite population", JASA 1998), as PostgreSQL's ANALYZE does.
   */
  #distinct(table: string, terms: readonly string[], where: string | null): number {
    const size = this.#sizes.get(table.toLowerCase());
    const sql = `SELECT count(*), total(n), total(n = 1) FROM (SELECT count(*) AS n FROM ${quoteIdentifier(table)}${where === null ? '' : ` WHERE ${where}`} GROUP BY ${terms.join(', ')})`;
    const known = this.#groups.get(sql);
    if (known !== undefined) return known;
    const [groups = 0, matched = 0, once = 0] = this.#row(sql).map(Number);
    const sampled = Math.max(1, size?.sampled ?? 1);
    const all = Math.max(matched, ((size?.rows ?? 0) * matched) / sampled);
    const estimate = matched === 0 ? 0 : (matched * groups) / (matched - once + (once * matched) / all);
    const distinct = Math.min(all, Math.max(groups, estimate));
    this.#groups.set(sql, distinct);
    return distinct;
  }

  #row(sql: string): readonly Value[] {
    const [row = []] = rows(this.#memory, sql);
    return row;
  }
}

/** One table after the other; what fails is left out with the reason. */
export function sampleAll(
  samples: Samples,
  source: DatabaseSync,
  tables: readonly SampleTable[],
  { mostRows, seconds, seed }: { mostRows: number; seconds: number; seed: number },
): { columns: readonly ColumnSample[]; notes: readonly string[] } {
  const columns: ColumnSample[] = [];
  const notes: string[] = [];
  for (const table of tables) {
    try {
      const note = samples.take(source, table, mostRows, seconds, seed);
      if (note !== null) notes.push(note);
      columns.push(...samples.columns(table));
    } catch (error) {
      notes.push(`${table.name} could not be sampled: ${reasonOf(error)}`);
    }
  }
  return { columns, notes };
}

function rows(database: DatabaseSync, sql: string): Iterable<readonly Value[]> & (readonly Value[])[] {
  const statement = database.prepare(sql);
  statement.setReadBigInts(true);
  statement.setReturnArrays(true);
  return statement.iterate() as unknown as Iterable<readonly Value[]> & (readonly Value[])[];
}

function shortened(column: string): string {
  const name = quoteIdentifier(column);
  return `CASE WHEN length(${name}) > ${LONGEST_VALUE} THEN substr(${name}, 1, ${LONGEST_VALUE}) ELSE ${name} END`;
}

/**
 * Bytes of a value in a record, https://sqlite.org/fileformat2.html#record_format. Whole numbers are stored as integers in
 * columns of REAL affinity too.
 */
function widthOf(term: string): string {
  const whole = `CASE WHEN ${term} IN (0, 1) THEN 0 WHEN abs(${term}) < 128 THEN 1 WHEN abs(${term}) < 32768 THEN 2
    WHEN abs(${term}) < 8388608 THEN 3 WHEN abs(${term}) < 2147483648 THEN 4 ELSE 6 END`;
  return `CASE typeof(${term}) WHEN 'null' THEN 0 WHEN 'integer' THEN ${whole}
    WHEN 'real' THEN CASE WHEN abs(${term}) < 140737488355328 AND ${term} = CAST(${term} AS INTEGER) THEN ${whole} ELSE 8 END
    ELSE octet_length(${term}) END`;
}

function withoutDirection(term: string): string {
  return term.replace(/ DESC$/, '');
}

import type { DatabaseSync } from 'node:sqlite';
import { PitwallError } from '../../errors.ts';
import { isBaselineName } from '../../model/baseline-name.ts';
import type { Observation } from '../../model/observation.ts';
import type { Report } from '../../model/report.ts';
import type { RunRow, SampleBucket } from '../../model/store.ts';
import { decodeHistogram, encodeHistogram } from '../histogram-codec.ts';
import { labelsKey, rollUp } from '../rollup.ts';

/** Writes everything of a run. Call inside a transaction. Throws STORE_EXISTS when the id is taken. */
export function insertRun(database: DatabaseSync, report: Report, observations: readonly Observation[]): void {
  const { id, command, service, startedAt, finishedAt } = report.run;
  if (database.prepare('SELECT 1 FROM runs WHERE id = ?').get(id)) {
    throw new PitwallError('STORE_EXISTS', { what: `run ${id}` });
  }
  const run = database
    .prepare('INSERT INTO runs (id, command, service, started_at, finished_at) VALUES (?, ?, ?, ?, ?)')
    .run(id, command, service, startedAt, finishedAt).lastInsertRowid;
  database.prepare('INSERT INTO reports (run, json) VALUES (?, ?)').run(run, JSON.stringify(report));
  insertSamples(database, run, rollUp(observations));

  const fact = database.prepare('INSERT INTO facts (run, target, kind, key, value) VALUES (?, ?, ?, ?, ?)');
  for (const { target, facts } of observations) {
    for (const { kind, key, value } of facts) fact.run(run, target.id, kind, key, JSON.stringify(value));
  }
  const finding = database.prepare(
    'INSERT INTO findings (run, rule, target, subject, severity, json) VALUES (?, ?, ?, ?, ?, ?)',
  );
  for (const found of report.findings) {
    finding.run(run, found.rule, found.target, found.subject, found.severity, JSON.stringify(found));
  }
  const recommendation = database.prepare(
    'INSERT INTO recommendations (run, recommendation, target, json) VALUES (?, ?, ?, ?)',
  );
  for (const given of report.recommendations) recommendation.run(run, given.id, given.target, JSON.stringify(given));
  const outcome = database.prepare(
    'INSERT INTO outcomes (run, journal, verdict, decision, json) VALUES (?, ?, ?, ?, ?)',
  );
  for (const each of report.outcomes) {
    outcome.run(run, each.journalId, each.verdict, each.decision, JSON.stringify(each));
  }
}

function insertSamples(database: DatabaseSync, run: number | bigint, buckets: readonly SampleBucket[]): void {
  const known = database.prepare('INSERT INTO series (target, name, labels) VALUES (?, ?, ?) ON CONFLICT DO NOTHING');
  const find = database.prepare('SELECT id FROM series WHERE target = ? AND name = ? AND labels = ?');
  const insert = database.prepare(
    'INSERT INTO samples (series, start, run, count, sum, min, max, histogram) VALUES (?, ?, ?, ?, ?, ?, ?, ?)',
  );
  for (const { target, name, labels, start, count, sum, min, max, histogram } of buckets) {
    const key = labelsKey(labels);
    known.run(target, name, key);
    const series = (find.get(target, name, key) as { id: number }).id;
    insert.run(series, start, run, count, sum, min, max, histogram && encodeHistogram(histogram));
  }
}

/** Newest first. */
export function selectRuns(
  database: DatabaseSync,
  filter: { readonly command?: string; readonly limit?: number },
): readonly RunRow[] {
  return database
    .prepare(
      `SELECT id, command, service, started_at AS startedAt, finished_at AS finishedAt,
         (SELECT name FROM baselines b WHERE b.run = r.sequence ORDER BY b.sequence DESC LIMIT 1) AS baseline
       FROM runs r WHERE ?1 IS NULL OR command = ?1 ORDER BY started_at DESC, sequence DESC LIMIT ?2`,
    )
    .all(filter.command ?? null, filter.limit ?? -1)
    .map((row) => ({ ...row }) as unknown as RunRow);
}

/** Throws STORE_AMBIGUOUS when a prefix fits several runs, and a SyntaxError when the stored text is not JSON. */
export function selectReport(database: DatabaseSync, reference: string): Report | null {
  const run = resolveRun(database, reference);
  if (run === null) return null;
  const row = database.prepare('SELECT json FROM reports WHERE run = ?').get(run) as { json: string } | undefined;
  return row ? (JSON.parse(row.json) as Report) : null;
}

/** An id given in full wins over a baseline name, that over the prefix of an id. */
function resolveRun(database: DatabaseSync, reference: string): number | null {
  if (reference === '') return null;
  const one = (sql: string, ...values: string[]): number | null =>
    (database.prepare(sql).get(...values) as { run: number } | undefined)?.run ?? null;
  if (reference === 'latest') {
    return one('SELECT sequence AS run FROM runs ORDER BY started_at DESC, sequence DESC LIMIT 1');
  }
  const named =
    one('SELECT sequence AS run FROM runs WHERE id = ?', reference) ??
    one('SELECT run FROM baselines WHERE name = ?', reference);
  if (named !== null) return named;
  const fitting = database
    .prepare('SELECT sequence AS run, id FROM runs WHERE substr(id, 1, length(?1)) = ?1 ORDER BY sequence DESC LIMIT 4')
    .all(reference) as unknown as { run: number; id: string }[];
  if (fitting.length < 2) return fitting[0]?.run ?? null;
  const candidates = fitting.map(({ id }, index) => (index < 3 ? id : '…')).join(', ');
  throw new PitwallError('STORE_AMBIGUOUS', { reference, candidates });
}

/** Gives a run a name; the name leaves the run that had it. Call inside a transaction. */
export function insertBaseline(database: DatabaseSync, runId: string, name: string): void {
  if (!isBaselineName(name)) throw new PitwallError('BASELINE_NAME', { name });
  const row = database.prepare('SELECT sequence FROM runs WHERE id = ?').get(runId) as { sequence: number } | undefined;
  if (!row) throw new PitwallError('STORE_MISSING', { what: `run ${runId}` });
  database.prepare('DELETE FROM baselines WHERE name = ?').run(name);
  database.prepare('INSERT INTO baselines (name, run) VALUES (?, ?)').run(name, row.sequence);
}

/** Oldest first; one bucket per run and minute. */
export function selectSamples(
  database: DatabaseSync,
  query: { readonly target: string; readonly name: string; readonly since?: number },
): readonly SampleBucket[] {
  const rows = database
    .prepare(
      `SELECT target, name, labels, start, count, sum, min, max, histogram
       FROM samples JOIN series ON series.id = samples.series
       WHERE target = ? AND name = ? AND (?3 IS NULL OR start >= ?3) ORDER BY start, run, series.id`,
    )
    .all(query.target, query.name, query.since ?? null) as unknown as (Omit<SampleBucket, 'labels' | 'histogram'> & {
    labels: string;
    histogram: Uint8Array | null;
  })[];
  return rows.map((row) => ({
    ...row,
    labels: JSON.parse(row.labels) as SampleBucket['labels'],
    histogram: row.histogram && decodeHistogram(row.histogram),
  }));
}

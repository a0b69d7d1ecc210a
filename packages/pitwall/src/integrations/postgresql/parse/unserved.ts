import type { UnservedTest } from '../../_sql/statement/dialect.ts';
import { whyUnserved } from '../../_sql/statement/unserved.ts';

const NOT_SOUGHT = 'Pitwall does not look for these';
/** Operators of jsonb, arrays, ranges, full-text search and PostGIS. https://www.postgresql.org/docs/current/gin-builtin-opclasses.html */
const CONTAINMENT = /^(?:@>|<@|\?|\?\||\?&|@\?|@@|@@@|&&)$/;
const BY_GIN = /^(?:jsonb|tsvector\b|.*\[\])/;
const REGULAR = /^~\*?$/;
/** Of a time, or what gives a part of one: a range of the column says the same. */
const PART_OF_TIME = /^(?:a cast to date|date_trunc\(\)|date\(\)|extract\(\)|date_part\(\))$/;
const TIME = /^(?:timestamp|date)/;

/** Which other index would serve a test that no B-tree does, or how to write it so that one does. */
export function postgresqlUnserved(test: UnservedTest): string {
  const { column, type } = test;
  if (test.kind === 'pattern') {
    const prefix = test.operator === 'LIKE' ? '' : ` (${test.operator} tells no case)`;
    return test.known
      ? `It searches ${column} for a pattern that does not begin with fixed text${prefix}: a B-tree index cannot serve it, a GIN index of pg_trgm could (gin_trgm_ops). ${NOT_SOUGHT}.`
      : `It tests ${column} by ${test.operator} with a pattern that is not known: a B-tree index serves only LIKE with a fixed beginning, any other a GIN index of pg_trgm could (gin_trgm_ops). ${NOT_SOUGHT}.`;
  }
  if (test.kind === 'operator' && CONTAINMENT.test(test.operator)) {
    const kind = type === null ? 'GIN or GiST' : BY_GIN.test(type) ? 'GIN' : 'GiST';
    return `It tests ${column} by ${test.operator}: a B-tree index cannot serve it, a ${kind} index on ${column} could. ${NOT_SOUGHT}.`;
  }
  if (test.kind === 'operator' && REGULAR.test(test.operator)) {
    return `It tests ${column} by a regular expression (${test.operator}): a B-tree index cannot serve it, a GIN index of pg_trgm could (gin_trgm_ops). ${NOT_SOUGHT}.`;
  }
  if (test.kind === 'inside' && PART_OF_TIME.test(test.around) && (type === null || TIME.test(type))) {
    const zone = type === 'timestamp with time zone' ? `, as in ((${column} AT TIME ZONE 'UTC')::date)` : '';
    return `It tests ${column} inside ${test.around}, and no index on ${column} serves that: write it as a range (for a day d: ${column} >= d AND ${column} < d + 1), or make an index on an expression that is IMMUTABLE${zone}.`;
  }
  if (test.kind === 'inside') {
    return `It tests ${column} inside ${test.around}, and no index on ${column} serves that: compare the column itself, or make an index on the expression, which has to be IMMUTABLE.`;
  }
  return whyUnserved(test);
}

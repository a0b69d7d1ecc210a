import type { Dialect } from '../../_sql/advisor/problem.ts';

/** What indexes of SQLite can be. */
export const DIALECT: Dialect = {
  include: false,
  partial: true,
  expressions: true,
  hot: false,
  fold: (name) => name.toLowerCase(),
};

/** Wider indexes cost more on each write than their last columns usually save. */
export const MOST_KEYS = 4;

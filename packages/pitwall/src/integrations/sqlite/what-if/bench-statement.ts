import type { IndexSpec } from '../../_sql/advisor/problem.ts';
import type { QueryParameters } from '../options.ts';
import type { SqliteWhatIf } from './clone.ts';
import type { CopySettings } from './copy-settings.ts';

/** A statement that can be timed. */
export interface BenchStatement {
  readonly id: string;
  readonly sql: string;
  /** Of real calls, used in turn; empty: it has no parameters. */
  readonly params: readonly QueryParameters[];
  readonly writes: boolean;
  /** That it reads or writes. */
  readonly tables: readonly string[];
}

export interface BenchOptions {
  /** What the index will be called in place. */
  readonly nameOf: (spec: IndexSpec) => string;
  /** For everything: what is asked later fails, and nothing runs on beyond. */
  readonly seconds: number;
  readonly signal: AbortSignal;
  readonly whatIf: Pick<SqliteWhatIf, 'planTexts' | 'learn'>;
  /** Of the connections that statements are timed on. */
  readonly settings: CopySettings;
}

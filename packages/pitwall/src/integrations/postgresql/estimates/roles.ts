import type { Statement } from '../../../model/database.ts';
import type { TableUse } from '../../_sql/roles.ts';
import { parserTables } from '../advise/problem.ts';
import type { AnalysisSession } from '../analysis.ts';
import type { Grammar } from '../parse/load.ts';
import { schemaOf } from '../parse/schema.ts';
import { understand } from '../parse/understand.ts';
import { readSchema, type WhatIfSchema } from '../what-if/schema.ts';
import { hasPlaceholders } from '../workload/ours.ts';

/** What the parser hands over is given back only between turns of the event loop. */
const breathe = (): Promise<void> => new Promise((resolve) => setImmediate(resolve));

/**
 * Texts of a statement that are tried: without any value first. Where that cannot be read (`interval $1`), as the application wrote
 * it with its values apart; never with values in it, since expressions become facts.
 */
const TEXTS = 2;

export interface Roles {
  readonly schema: WhatIfSchema;
  /** By statement; none for what is not understood. */
  readonly uses: ReadonlyMap<string, readonly TableUse[]>;
}

/** What statements do with the columns of which tables. @throws as `session.query` */
export async function rolesOf(
  session: AnalysisSession,
  grammar: Grammar,
  statements: readonly Statement[],
): Promise<Roles> {
  const schema = await readSchema(session, [...new Set(statements.flatMap(({ tables }) => tables))]);
  const found = schemaOf(parserTables(schema), schema.searchPath);
  const uses = new Map<string, readonly TableUse[]>();
  for (const statement of statements) {
    await breathe();
    const texts = [statement.text, ...statement.samples.map(({ text }) => text).filter(hasPlaceholders)];
    for (const text of texts.slice(0, TEXTS)) {
      const understood = understand(grammar, text, found);
      if (understood.notUnderstood !== null) continue;
      uses.set(statement.id, understood.uses);
      break;
    }
  }
  return { schema, uses };
}

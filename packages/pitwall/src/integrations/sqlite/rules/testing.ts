import assert from 'node:assert/strict';
import type { Collector } from '../../../model/integration.ts';
import type { Fact } from '../../../model/observation.ts';
import type { FindingDraft, Rule, RuleResult } from '../../../model/rule.ts';
import { pragmas } from '../collectors/pragmas.ts';
import { queries } from '../collectors/queries.ts';
import { schema } from '../collectors/schema.ts';
import { space } from '../collectors/space.ts';
import { indexAdvice } from '../confirmations/index-advice.ts';
import { trialOnCopy } from '../confirmations/trial-on-copy.ts';
import type { SqliteConnection } from '../connection.ts';
import { type FileFact, fact } from '../facts.ts';
import { collectContext, viewOf } from '../testing.ts';

/** Facts of a real database, then the rule, then what it asks to be tried, then the rule again: as the pipeline does. */
export async function diagnose(
  connection: SqliteConnection,
  rule: Rule,
  thresholds: Record<string, number> = {},
  more: readonly Fact[] = [],
) {
  const facts: Fact[] = [...more];
  for (const collector of [space, pragmas, schema, queries] as Collector<SqliteConnection>[]) {
    facts.push(...((await collector.collect(connection, collectContext())).facts ?? []));
  }
  const first = rule.evaluate(viewOf(rule, facts, { thresholds }));
  const asked = new Set<string>();
  for (const { confirm } of 'found' in first ? first.found : []) {
    if (!confirm || asked.has(confirm.key)) continue;
    // As the pipeline does: one question is asked once.
    asked.add(confirm.key);
    const confirmation = [trialOnCopy, indexAdvice].find(({ id }) => id === confirm.probe);
    assert.ok(confirmation, confirm.probe);
    // As JSON, because it may have been saved in between.
    const request = JSON.parse(JSON.stringify(confirm)) as typeof confirm;
    facts.push(...((await confirmation.confirm(connection, request, collectContext())).facts ?? []));
  }
  return { first, second: rule.evaluate(viewOf(rule, facts, { thresholds })), facts };
}

export function found(result: RuleResult): readonly FindingDraft[] {
  assert.ok('found' in result, JSON.stringify(result));
  return result.found;
}

export function clear(result: RuleResult): string {
  assert.ok('clear' in result, JSON.stringify(result));
  return result.clear;
}

/** Short, because how long things take is not what is tested. */
export const options = { queryBudget: '30ms', runs: 5 };

const MIB = 2 ** 20;
const FILE: FileFact = {
  bytes: 400 * MIB,
  pageSize: 4096,
  pageCount: 102_400,
  freePages: 0,
  walBytes: null,
  networkFileSystem: null,
  writable: true,
  sqliteVersion: '3.53.4',
};

/** Facts of a file of 400 MiB, and pragmas. */
export const fileFacts = (file: Partial<FileFact>, pragmas: Record<string, string | number>): readonly Fact[] => [
  fact('sqlite.file', '', { ...FILE, ...file }),
  ...Object.entries(pragmas).map(([name, value]) => fact('sqlite.pragma', name, { value, persists: true, note: '' })),
];

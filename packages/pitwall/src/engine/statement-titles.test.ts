import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Observation } from '../model/observation.ts';
import { statementTitles } from './statement-titles.ts';

const seen = (id: string, integration: string, facts: Observation['facts']) =>
  ({ target: { id, integration, title: id }, facts }) as Observation;

test('statements are known by the facts of their own target and integration', () => {
  const titleOf = statementTitles([
    seen('shop', 'postgresql', [
      { kind: 'postgresql.statement', key: 'f1', value: { text: 'SELECT 1' } },
      { kind: 'postgresql.table', key: 'f2', value: { text: 'no statement' } },
      { kind: 'sqlite.statement', key: 'f3', value: { text: 'of another' } },
      { kind: 'postgresql.statement', key: 'f4', value: null },
    ]),
    seen('file', 'sqlite', [{ kind: 'sqlite.statement', key: 'f1', value: { text: 'SELECT 2' } }]),
  ]);
  const texts = ['f1', 'f2', 'f3', 'f4', 'toString'].map((id) => titleOf('shop', id));
  assert.deepEqual([...texts, titleOf('file', 'f1')], ['SELECT 1', null, null, null, null, 'SELECT 2']);
});

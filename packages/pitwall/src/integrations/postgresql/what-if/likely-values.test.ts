import assert from 'node:assert/strict';
import { test } from 'node:test';
import { loadGrammar } from '../parse/load.ts';
import { schemaOf } from '../parse/schema.ts';
import { type ColumnValues, columnValues, likelyCalls } from './likely-values.ts';

const VALUES: Record<string, ColumnValues> = {
  status: columnValues({ ...row('status'), common: ['done', 'failed', 'queued'], bounds: [], distinct: 3 }),
  owner: columnValues({ ...row('owner'), common: ['7', '3'], bounds: ['1', '50', '99'], distinct: 4000 }),
  at: columnValues({ ...row('at'), common: [], bounds: Array.from({ length: 101 }, (_, i) => `${i}`), distinct: -1 }),
};

function row(column: string) {
  return { schema: 'public', table: 'jobs', column };
}

const schema = schemaOf([
  {
    id: 'public.jobs',
    schema: 'public',
    name: 'jobs',
    columns: [...Object.keys(VALUES), 'note'].map((name) => ({ name, type: 'text' })),
  },
]);

async function calls(text: string) {
  const grammar = await loadGrammar();
  return likelyCalls(text, grammar, schema, ({ column }) => VALUES[column] ?? null).map(({ params }) => params);
}

test('one call with rare values, one with frequent ones', async () => {
  assert.deepEqual(await calls('SELECT 1 FROM jobs WHERE status = $1 ORDER BY at LIMIT $2'), [
    ['queued', '20'],
    ['done', '20'],
  ]);
  // Of an incomplete list any other value is rarer than all that are in it.
  assert.deepEqual(await calls('SELECT 1 FROM jobs WHERE owner = $1'), [['50'], ['7']]);
  assert.deepEqual(await calls('SELECT 1 FROM jobs WHERE at > $1 AND at < $2'), [
    ['99', '100'],
    ['90', '100'],
  ]);
  assert.deepEqual(await calls('SELECT 1 FROM jobs WHERE upper(status) LIKE $1 AND owner = ANY($2)'), [
    ['QUEU%', '{"50","3"}'],
    ['DONE%', '{"7","3"}'],
  ]);
});

test('none where a placeholder is compared with nothing that has statistics', async () => {
  assert.deepEqual(await calls('SELECT 1 FROM jobs WHERE note = $1'), []);
  assert.deepEqual(await calls('SELECT 1 FROM jobs WHERE length(status) = $1'), []);
  assert.deepEqual(await calls('SELECT 1 FROM jobs'), []);
  assert.deepEqual(await calls('SELEC $1'), []);
});

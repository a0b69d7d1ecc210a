import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Change, Plan } from '../model/change.ts';
import { titleLines } from './content/titles.ts';
import { UNSAFE } from './fixtures/golden.ts';
import { INDEX_CHANGE } from './fixtures/sample-outcomes.ts';
import { renderPlan } from './plan.ts';

const SQL = 'SELECT level, message, created_at FROM event_logs WHERE execution_id = $1 ORDER BY created_at LIMIT 100';
const ID = '4b63f1158d812fee';
const affects = [
  { indicator: 'postgresql.statement.mean', labels: { statement: ID } },
  { indicator: 'load.response.duration.p50', labels: { endpoint: 'GET /logs' } },
];

const planOf = (more: Partial<Change>): Plan => ({
  schemaVersion: 1,
  id: 'p7',
  createdAt: '2026-11-20T23:41:32Z',
  service: 'vending',
  changes: [{ ...INDEX_CHANGE, id: 'c1', affects, ...more }],
  leftOut: [],
});
const rendered = (more: Partial<Change>, width = 80) => renderPlan(planOf(more), { color: false, width });

const basis = {
  statements: [{ statement: ID, text: SQL, helped: true, share: null, load: null }],
  sizes: [],
  version: null,
};
for (const [how, more] of [
  ['as it has it', { titles: { [ID]: SQL } }],
  ['of before there were titles, by what the change rests on', { basis }],
] as const) {
  test(`a plan shows the text of a statement beside its fingerprint, ${how}`, () => {
    const text = rendered(more);
    assert.match(
      text,
      /^ {6}must win {2}postgresql\.statement\.mean 4b63f1158d812fee\n {18}SELECT level, message, created_at FROM event_logs WHERE .*…\n {16}load\.response\.duration\.p50 GET \/logs$/m,
    );
    for (const width of [60, 80, 120])
      for (const line of rendered(more, width).split('\n')) assert.ok(line.length <= width, line);
    assert.deepEqual(titleLines(planOf(more).changes[0]!, 60), [
      '4b63f1158d812fee: SELECT level, message, created_at FROM ev…',
    ]);
  });
}

test('what has no text stands for itself, and a hostile text is harmless', () => {
  assert.match(rendered({}), /must win {2}postgresql\.statement\.mean 4b63f1158d812fee,\s/);
  assert.doesNotMatch(rendered({ titles: { [ID]: 'SELECT \u001b[31m1\n\u202e2' } }), UNSAFE);
});

test('a plan says what is locked, where that is known, and then nobody is said to wait who does not', () => {
  const lock = 'SHARE UPDATE EXCLUSIVE while it is built: reads and writes go on.';
  const known = rendered({ lock, expectedWriteSeconds: 2 });
  assert.match(known, /^ {6}takes {5}2 s on a copy\n {6}locks {5}SHARE UPDATE EXCLUSIVE while it is built:/m);
  assert.doesNotMatch(known, /writers wait/);
  const unknown = rendered({ expectedWriteSeconds: 2 });
  assert.match(unknown, /on a copy; writers wait meanwhile$/m);
  assert.doesNotMatch(unknown, /locks/);
  assert.doesNotMatch(rendered({ lock: 'a \u001b[31mb\u202e' }), UNSAFE);
});

test('a plan says what could not be checked, and why', () => {
  const notChecked = ['whether the disk has the 96 MiB that it may need: the server is \u001b[31melsewhere'];
  assert.match(rendered({ notChecked }), /^ {6}unchecked whether the disk has the 96 MiB that it may need: the/m);
  assert.doesNotMatch(rendered({ notChecked }), UNSAFE);
  assert.doesNotMatch(rendered({}), /unchecked/);
});

test('what a rule waits for is read to its end', () => {
  const because = `not known yet: statements have been counted for 5 minutes, and to say how often each is called takes 10 minutes (minimumWindow)`;
  const text = renderPlan(
    { ...planOf({}), changes: [], leftOut: [{ what: 'postgresql/missing-index on db', because }] },
    { color: false, width: 80 },
  );
  assert.match(
    text.replace(/\s+/g, ' '),
    /LEFT OUT.* 1 item .*missing-index on db: not known yet: .*\(minimumWindow\)/,
  );
});

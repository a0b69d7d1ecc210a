import assert from 'node:assert/strict';
import test, { type TestContext } from 'node:test';
import { explainStatement } from './explain.ts';
import { triggerOf } from './explain-triggers.ts';
import { connect, databaseWith } from './testing.ts';

const signal = new AbortController().signal;
const rows = (table: string, count = 2000) =>
  `WITH RECURSIVE n (i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < ${count}) INSERT INTO ${table} (id) SELECT i FROM n;`;

function beyondOf(t: TestContext, sql: string) {
  const connection = connect(t, databaseWith(t, sql));
  return async (text: string) => {
    const { beyond = [] } = await explainStatement(connection, { text, params: [], run: false }, signal);
    return beyond.map(({ because }) =>
      because
        .replace('where the application sets PRAGMA foreign_keys = ON, ', 'ON: ')
        .replace(/ \(about.*begins with/, ':'),
    );
  };
}

const PARENT = `CREATE TABLE parent (id INTEGER PRIMARY KEY, code INTEGER UNIQUE, note TEXT);
  CREATE TABLE child (id INTEGER PRIMARY KEY, parent_id INTEGER REFERENCES parent);`;

test('what REPLACE deletes, and a key that ON CONFLICT DO UPDATE changes, is looked for', async (t) => {
  const told = beyondOf(t, `${PARENT} ${rows('child')}`);
  const replaced = ['ON: each row of parent that a new one replaces reads the whole of child: parent_id'];
  for (const sql of [
    'REPLACE INTO parent VALUES (1, 2, 3)',
    'INSERT OR REPLACE INTO parent (code) VALUES (2)',
    'UPDATE OR REPLACE parent SET code = 2 WHERE id = 1',
  ])
    assert.deepEqual(await told(sql), replaced, sql);
  const changed = ['ON: each row of parent whose id it changes reads the whole of child: parent_id'];
  for (const sql of [
    'INSERT INTO parent VALUES (1, 2, 3) ON CONFLICT (id) DO UPDATE SET id = excluded.id + 1',
    'UPDATE parent SET rowid = 7 WHERE id = 1',
  ])
    assert.deepEqual(await told(sql), changed, sql);
  for (const sql of [
    'INSERT OR IGNORE INTO parent VALUES (1, 2, 3)',
    'UPDATE OR IGNORE parent SET code = 2',
    'INSERT INTO parent VALUES (1, 2, 3) ON CONFLICT (id) DO UPDATE SET note = 4',
    'REPLACE INTO child VALUES (1, 2)',
  ])
    assert.deepEqual(await told(sql), [], sql);
});

test('actions of foreign keys are followed: CASCADE, SET NULL, cycles, keys of a table to itself', async (t) => {
  const told = beyondOf(
    t,
    `CREATE TABLE a (id INTEGER PRIMARY KEY, code UNIQUE, up REFERENCES A ON DELETE CASCADE);
     CREATE TABLE b (id INTEGER PRIMARY KEY, a_id REFERENCES a ON DELETE CASCADE, c_id REFERENCES c ON DELETE CASCADE);
     CREATE TABLE c (id INTEGER PRIMARY KEY, B_ID REFERENCES B (ID) ON DELETE CASCADE, code UNIQUE REFERENCES a (CODE) ON UPDATE CASCADE);
     CREATE TABLE d (id INTEGER PRIMARY KEY, c_id UNIQUE REFERENCES c ON DELETE SET NULL);
     CREATE TABLE e (id INTEGER PRIMARY KEY, d_c_id REFERENCES d (c_id), d_id REFERENCES d);
     CREATE TABLE f (id INTEGER PRIMARY KEY, c_code REFERENCES c (code));
     CREATE INDEX b_a ON b (a_id); CREATE INDEX b_c ON b (c_id); CREATE INDEX c_b ON c (b_id);
     ${['a', 'e', 'f'].map((name) => rows(name)).join('')}`,
  );
  assert.deepEqual((await told('DELETE FROM a WHERE id = 1')).sort(), [
    'ON: each row of c that is deleted with it (a → b → c, ON DELETE CASCADE) reads the whole of f: c_code',
    'ON: each row of d whose c_id is set with it (a → b (ON DELETE CASCADE) → c (ON DELETE CASCADE) → d (ON DELETE SET NULL)) reads the whole of e: d_c_id',
    'ON: each row that it deletes from a reads the whole of a: up',
  ]);
  assert.deepEqual(await told('UPDATE a SET code = 5'), [
    'ON: each row of c whose code is set with it (a → c, ON UPDATE CASCADE) reads the whole of f: c_code',
  ]);
});

test('triggers are named, those that the statement sets off', async (t) => {
  const told = beyondOf(
    t,
    `${PARENT.replace('REFERENCES parent', 'REFERENCES parent ON DELETE CASCADE')}
     CREATE TRIGGER born AFTER INSERT ON parent BEGIN SELECT 1; END;
     CREATE TRIGGER "on update of" BEFORE UPDATE OF code, note ON parent WHEN new.code > 3 BEGIN SELECT 1; END;
     CREATE TRIGGER touched UPDATE ON parent BEGIN SELECT 1; END;
     CREATE TRIGGER died AFTER DELETE ON Parent BEGIN SELECT 1; END;
     CREATE TRIGGER child_died AFTER DELETE ON child BEGIN SELECT 1; END;`,
  );
  const runs = (names: string, count = '1 trigger') => `runs ${count}, whose work the plan does not contain: ${names}`;
  assert.deepEqual(await told('INSERT INTO parent (id) VALUES (1)'), [
    `each row that it inserts into parent ${runs('born')}`,
  ]);
  assert.deepEqual(await told('UPDATE parent SET code = 1'), [
    `each row of parent that it changes ${runs('on update of (where its WHEN holds), touched', '2 triggers')}`,
  ]);
  assert.deepEqual(await told('UPDATE parent SET id = 1'), [`each row of parent that it changes ${runs('touched')}`]);
  assert.deepEqual(await told('DELETE FROM parent'), [
    `each row that it deletes from parent ${runs('died')}`,
    `ON: each row of child that is deleted with it (parent → child, ON DELETE CASCADE) ${runs('child_died')}`,
  ]);
  // Those for what REPLACE deletes run with PRAGMA recursive_triggers alone; what the foreign key deletes has its own.
  assert.deepEqual(
    (await told('REPLACE INTO parent (id) VALUES (1)')).map((text) => text.replace(/.*: /, '')),
    ['born', 'child_died'],
  );
  assert.deepEqual(await told('SELECT * FROM parent'), []);
});

test('a trigger is read from its text; what is none says nothing', () => {
  const read = (sql: string) => {
    const trigger = triggerOf('t', sql);
    return trigger && [trigger.kind, trigger.columns.join(), trigger.conditional];
  };
  assert.deepEqual(read('CREATE TRIGGER t INSTEAD OF DELETE ON v BEGIN SELECT 1 WHERE 1; END'), ['delete', '', false]);
  assert.deepEqual(read('CREATE TRIGGER [on] AFTER UPDATE OF "A b", c ON t FOR EACH ROW WHEN 1 BEGIN SELECT 1; END'), [
    'update',
    'a b,c',
    true,
  ]);
  assert.deepEqual(
    read('CREATE TRIGGER main.insert_on BEFORE INSERT ON "delete" BEGIN SELECT CASE WHEN 1 THEN 2 END; END'),
    ['insert', '', false],
  );
  for (const none of ['', 'CREATE TRIGGER', 'ON ON ON', 'CREATE TABLE t (a)', "CREATE TRIGGER 'x"])
    assert.equal(read(none), null);
});

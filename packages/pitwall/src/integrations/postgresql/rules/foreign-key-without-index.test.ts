import assert from 'node:assert/strict';
import test from 'node:test';
import { foreignKeyWithoutIndex } from './foreign-key-without-index.ts';
import { statement } from './statement-testing.ts';
import { clear, foreignKey, found, healthy, index, notApplicable, only, run, table } from './structure-testing.ts';

test('parents that are deleted prove that the index is worth it', () => {
  const endpoint = { kind: 'load.endpoint', key: 'drop', value: { method: 'DELETE', path: '/', weight: 1 } };
  const bare = foreignKey(['customer_id', 'shop_id'], { covered: false, parentDeletes: 500 });
  const finding = only(run(foreignKeyWithoutIndex, [...healthy(), bare, endpoint]));
  assert.deepEqual([finding.severity, finding.confidence], ['warning', 'high']);
  const change = finding.changes?.[0];
  assert.equal(change?.subject, 'public.pitwall_orders_customer_id_shop_id');
  const key = (column: string) => ({
    column,
    expression: null,
    desc: false,
    nullsFirst: null,
    collate: null,
    opclass: null,
  });
  assert.deepEqual(change?.to, {
    table: { schema: 'public', name: 'orders' },
    keys: [key('customer_id'), key('shop_id')],
    include: [],
    where: null,
    unique: false,
    method: 'btree',
  });
  assert.deepEqual(change?.affects, [{ indicator: 'load.response.duration.p50', labels: { endpoint: 'drop' } }]);
});

test('deletes of the parent that are counted have to become faster, writes of the child are watched', () => {
  const bare = foreignKey(['customer_id'], { covered: false, parentDeletes: 500 });
  const facts = [
    statement('drop', { kind: 'delete', text: 'DELETE FROM "customers" WHERE id = $1', tables: ['customers'] }),
    statement('clean', {
      kind: 'delete',
      text: 'DELETE FROM sessions USING customers c WHERE c.id = owner',
      tables: ['customers', 'sessions'],
    }),
    statement('order', { kind: 'insert', text: 'INSERT INTO orders VALUES ($1)' }),
    statement('product', { tables: ['products'] }),
    { kind: 'load.endpoint', key: 'drop', value: { method: 'DELETE', path: '/', weight: 1 } },
  ];
  const [change] = only(run(foreignKeyWithoutIndex, [...healthy(), bare, ...facts])).changes!;
  const mean = (id: string) => ({ indicator: 'postgresql.statement.mean', labels: { statement: id } });
  assert.deepEqual(change!.affects, [mean('drop')]);
  assert.deepEqual(change!.controls, [mean('product')]);
  assert.deepEqual(
    change!.meter!.map((item) => (item as { statement: string }).statement),
    ['drop', 'order', 'product'],
  );
});

test('where nothing would prove it, it is advice that says so', () => {
  const bare = foreignKey(['a'], { covered: false, parentDeletes: 1 });
  const finding = only(run(foreignKeyWithoutIndex, [...healthy(), bare, statement('read')]));
  assert.equal(finding.changes, undefined);
  assert.match(finding.advice!.text, /^1 row was deleted from public\.customers.*nothing would prove the index/);
  assert.match(finding.advice!.code!, /^CREATE INDEX CONCURRENTLY "pitwall_orders_a"/);
});

test('without a delete it is advice', () => {
  const finding = only(run(foreignKeyWithoutIndex, [...healthy(), foreignKey(['a'], { covered: false })]));
  assert.deepEqual([finding.severity, finding.changes], ['info', undefined]);
  assert.equal(finding.advice?.code, 'CREATE INDEX CONCURRENTLY "pitwall_orders_a" ON "public"."orders" ("a");');
});

test('silent when covered or small; does not apply without keys', () => {
  assert.match(clear(run(foreignKeyWithoutIndex, [...healthy(), foreignKey(['a'])])), /every foreign key/);
  const at = (childRows: number | null) => [...healthy(), foreignKey(['a'], { covered: false, childRows })];
  assert.match(clear(run(foreignKeyWithoutIndex, at(999))), /999 rows/);
  only(run(foreignKeyWithoutIndex, at(1000)));
  // Never analysed: the counters know better.
  clear(run(foreignKeyWithoutIndex, at(null)));
  only(run(foreignKeyWithoutIndex, [...at(null), table('orders', { liveRows: 5000 })]));
  notApplicable(run(foreignKeyWithoutIndex, healthy()));
  assert.match(notApplicable(run(foreignKeyWithoutIndex, healthy({ unread: ['foreign keys'] }))), /could not be read/);
});

test('parents that are deleted come first, then large children; two keys over the same columns need one index', () => {
  const facts = [
    foreignKey(['small'], { covered: false, childRows: 2000, childBytes: 1 }),
    foreignKey(['large'], { covered: false }),
    foreignKey(['deleted'], { covered: false, childRows: 2000, parentDeletes: 1 }),
    foreignKey(['a', 'b'], { covered: false, childRows: 1500, childBytes: 0 }),
    foreignKey(['b', 'a'], { covered: false, childRows: 1500, childBytes: 0 }),
  ];
  const subjects = found(run(foreignKeyWithoutIndex, [...healthy(), ...facts])).map(({ subject }) => subject);
  assert.deepEqual(
    subjects.map((subject) => /orders_(\w+)_fkey/.exec(subject)![1]),
    ['deleted', 'large', 'small', 'a_b'],
  );
});

test('the name of the index is free and no longer than PostgreSQL allows', () => {
  const proof = statement('drop', { kind: 'delete', text: 'DELETE FROM customers', tables: ['customers'] });
  const bare = foreignKey(['a'], { covered: false, parentDeletes: 1, tableName: 'ö'.repeat(40) });
  const [change] = only(run(foreignKeyWithoutIndex, [...healthy(), bare, proof])).changes!;
  const [, name = ''] = change!.subject.split('.');
  assert.ok(Buffer.byteLength(name) <= 63, name);
  const taken = index(name, ['z']);
  const [other] = only(run(foreignKeyWithoutIndex, [...healthy(), bare, proof, taken])).changes!;
  assert.notEqual(other!.subject, change!.subject);
  assert.ok(Buffer.byteLength(other!.subject.split('.')[1]!) <= 63);
});

test('a partitioned child gets its index part by part, as CREATE INDEX CONCURRENTLY takes no partitioned table', () => {
  const facts = [
    foreignKey(['a'], { covered: false, parentDeletes: 1 }),
    table('orders', { kind: 'partitioned' }),
    table('orders_1', { parent: 'public.orders' }),
    table('orders_2', { kind: 'partitioned', parent: 'public.orders' }),
    table('orders_2a', { parent: 'public.orders_2' }),
  ];
  const advised = only(run(foreignKeyWithoutIndex, [...healthy(), ...facts])).advice!.code!;
  const built = [...advised.matchAll(/CONCURRENTLY \S+ ON (\S+)/g)].map(([, name]) => name);
  assert.deepEqual(built, ['"public"."orders_1"', '"public"."orders_2a"']);
  assert.match(advised, /;\nBEGIN;\nCREATE INDEX "pitwall_orders_a" ON ONLY "public"."orders" [\s\S]*;\nCOMMIT;$/);
  const proof = statement('drop', { kind: 'delete', text: 'DELETE FROM customers', tables: ['customers'] });
  const [change] = only(run(foreignKeyWithoutIndex, [...healthy(), ...facts, proof])).changes!;
  assert.equal((change!.to as { partitioned?: true }).partitioned, true);
});

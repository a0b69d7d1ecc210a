import assert from 'node:assert/strict';
import { test } from 'node:test';
import { genericText } from './generic-text.ts';
import { loadGrammar } from './load.ts';
import { parameterUses } from './parameters.ts';
import { testSchema } from './testing.ts';

const schema = testSchema({
  orders: ['id integer', 'customer_id integer', 'at date', 'email text', 'total integer'],
  customers: ['id integer', 'name text'],
});

async function usesOf(text: string): Promise<string> {
  const told = parameterUses(await loadGrammar(), text, schema);
  if (told === null) return 'not understood';
  const uses = told.uses.map(
    ({ number, alias, column, through, as }) => `${number}=${through ? `${through} ` : ''}${alias}.${column}:${as}`,
  );
  return [`${told.count}:`, ...uses.sort(), ...[...told.limits].map(([number, word]) => `${number}=${word}`)].join(' ');
}

test('placeholders by what they are compared with, or set to', async () => {
  assert.equal(
    await usesOf(
      'SELECT o.id FROM orders o JOIN customers c ON c.id = o.customer_id WHERE c.name LIKE $1 AND o.at >= $2 AND o.at < $3 AND lower(o.email) = $4 LIMIT $5 OFFSET $6',
    ),
    '6: 1=c.name:start 2=o.at:low 3=o.at:high 4=lower o.email:value 5=limit 6=offset',
  );
  assert.equal(
    await usesOf('SELECT id FROM orders WHERE at BETWEEN $1 AND $2 AND customer_id = ANY ($3) AND $4 < total'),
    '4: 1=orders.at:low 2=orders.at:high 3=orders.customer_id:list 4=orders.total:low',
  );
  assert.equal(
    await usesOf('UPDATE orders SET total = $1 WHERE id IN ($2, $3::int)'),
    '3: 1=orders.total:value 2=orders.id:value 3=orders.id:value',
  );
  assert.equal(await usesOf('SELECT * FROM nowhere WHERE id = $1 AND length(email) = $2'), '2:');
  assert.equal(await usesOf('SELEC $1'), 'not understood');
});

test('a statement for any values keeps the numbers of LIMIT and OFFSET; one without values has none', async () => {
  const grammar = await loadGrammar();
  assert.equal(
    genericText(grammar, "SELECT id FROM orders WHERE email = 'x' AND at > '2026-01-01' ORDER BY at LIMIT 10 OFFSET 5"),
    'SELECT id FROM orders WHERE email = $1 AND at > $2 ORDER BY at LIMIT 10 OFFSET 5',
  );
  assert.equal(genericText(grammar, 'SELECT id FROM orders WHERE id = 5'), 'SELECT id FROM orders WHERE id = $1');
  assert.equal(genericText(grammar, 'SELECT id FROM orders ORDER BY at LIMIT 10'), null);
  assert.equal(genericText(grammar, 'SELEC 5'), null);
});

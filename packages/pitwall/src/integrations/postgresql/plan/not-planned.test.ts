import assert from 'node:assert/strict';
import test from 'node:test';
import { PitwallError } from '../../../errors.ts';
import { notPlanned } from './not-planned.ts';

const BEFORE = 'EXPLAIN (FORMAT JSON) ';

/** As the server says it of a text: `^` is where. */
function said(marked: string, fields: object, values = false): PitwallError {
  const statement = marked.replace('^', '');
  const position = String(Array.from(BEFORE + marked.slice(0, marked.indexOf('^'))).length + 1);
  const cause = Object.assign(new Error('it is wrong'), { position, sent: BEFORE + statement, ...fields });
  const error = notPlanned(cause, statement, values);
  assert.ok(error instanceof PitwallError);
  assert.equal(error.code, 'POSTGRESQL_NOT_PLANNED');
  return error;
}

test('the line with a caret, without the values of the text, and what the server advises', () => {
  const error = said("SELECT *\nFROM orders WHERE name = 'geheim 😀' AND ^custmer = 4711", {
    code: '42703',
    hint: 'Perhaps you meant to reference the column "orders.customer".',
  });
  assert.deepEqual(error.also, ['| FROM orders WHERE name = ? AND custmer = ?', `| ${' '.repeat(31)}^`]);
  assert.match(error.hint, /^Perhaps you meant .* Check the name of the column\.$/);
  assert.doesNotMatch(error.hint, /pg_monitor|--param/);
  const shown = said("SELECT '😀' ^FORM orders", { code: '42601' }, true);
  assert.deepEqual(shown.also, ["| SELECT '😀' FORM orders", `| ${' '.repeat(12)}^`]);
});

test('each kind of fault has its own advice, and the end of the text is a place as well', () => {
  assert.match(said('SELECT * FROM ^nosuch', { code: '42P01' }).hint, /searchPath/);
  assert.match(said('SELECT ^nosuch()', { code: '42883' }).hint, /function or operator/);
  assert.match(said('SELECT * FROM ^a', { code: '42501' }).hint, /GRANT SELECT/);
  assert.match(said("SELECT ^'x'::int", { code: '22P02' }).hint, /--param/);
  assert.deepEqual(said('SELECT * FROM^', { code: '42601' }).also, ['| SELECT * FROM', `| ${' '.repeat(13)}^`]);
  const long = said(`SELECT ${'a, '.repeat(100)}^b`, { code: '42703' }).also;
  assert.equal(long[0]![long[1]!.indexOf('^')], 'b');
});

test('no place where the text is not the one that was sent; a fault of the server stays what it is', () => {
  assert.deepEqual(said('SELECT ^x', { code: '42703', sent: 'SELECT y' }).also, []);
  assert.deepEqual(said('SELECT ^x', { code: '42703', position: undefined }).also, []);
  const down = Object.assign(new Error('down'), { code: '57P01' });
  assert.equal(notPlanned(down, 'SELECT 1', false), down);
});

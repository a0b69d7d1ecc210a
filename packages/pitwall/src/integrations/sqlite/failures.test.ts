import assert from 'node:assert/strict';
import test from 'node:test';
import { PitwallError } from '../../errors.ts';
import { isBusy, sqliteFailure } from './failures.ts';

/** What `node:sqlite` throws, https://sqlite.org/rescode.html. */
const sqliteError = (errcode: number, message = 'text') =>
  Object.assign(new Error(message), { code: 'ERR_SQLITE_ERROR', errcode, errstr: message });

test('every result code that a file can give has its sentence', () => {
  for (const [errcode, code] of [
    [5, 'SQLITE_LOCKED'],
    [6, 'SQLITE_LOCKED'],
    [517, 'SQLITE_LOCKED'],
    [8, 'SQLITE_DENIED'],
    [14, 'SQLITE_DENIED'],
    [776, 'SQLITE_HOT_JOURNAL'],
    [264, 'SQLITE_WAL_UNREADABLE'],
    [1288, 'SQLITE_WAL_UNREADABLE'],
    [1544, 'SQLITE_WAL_UNREADABLE'],
    [11, 'SQLITE_CORRUPT'],
    [267, 'SQLITE_CORRUPT'],
    [26, 'SQLITE_NOT_A_DATABASE'],
    [10, 'SQLITE_FAILED'],
    [1, 'SQLITE_FAILED'],
  ] as const) {
    const error = sqliteFailure(sqliteError(errcode), '/nowhere/app.db');
    assert.equal(error.code, code, String(errcode));
    assert.equal(error.exitCode, 3);
    assert.match(error.message, /\/nowhere\/app\.db/);
  }
  assert.equal(sqliteFailure(sqliteError(1, 'unsupported file format'), 'x').code, 'SQLITE_FORMAT');
});

test('keeps known errors, and takes anything else as it comes', () => {
  const known = new PitwallError('SQLITE_MISSING', { path: 'x' });
  assert.equal(sqliteFailure(known, 'y'), known);
  assert.match(sqliteFailure(new Error('boom\u001b[31m'), 'x').message, /boom \[31m/);
  assert.equal(sqliteFailure('text', 'x').code, 'SQLITE_FAILED');
  assert.equal(isBusy(sqliteError(261)), true);
  assert.equal(isBusy(new Error('database is locked')), false);
});

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { PitwallError } from '../../../errors.ts';
import type { PostgresqlConnection } from '../connection.ts';
import { setting } from './setting.ts';

/** pg_settings of a server elsewhere on which a file sets shared_buffers. */
const ROW = {
  ...{ name: 'shared_buffers', type: 'integer', unit: '8kB', context: 'postmaster', source: 'configuration file' },
  ...{ least: '16', most: '1073741823', choices: null, value: '16384', builtIn: '16384', sourcefile: null },
  ...{ canRead: true, overriddenBy: null, blockSize: 8192, here: false },
};
const SELF = { pid: 4_194_304, port: 1, database: 'x', user: 'x', version: 150_018, directory: null, dataBytes: 0 };

function connection(memory: number): PostgresqlConnection {
  const rows = (text: string) => (text.includes('pg_file_settings') && !text.includes('vartype') ? [] : [ROW]);
  const client = { query: async (text: string) => ({ rows: rows(text) }), end: async () => {} };
  return {
    told: { machine: { memory } },
    query: async (text: string) => [text.includes('allow_alter_system') ? { service: null, allowed: true } : SELF],
    openWriter: async () => ({ client, pooled: true }),
  } as unknown as PostgresqlConnection;
}

test('apply refuses shared_buffers that do not fit into what the rules take for its memory', async () => {
  const from = { type: 'integer', unit: '8kB', system: null, value: null };
  const asked = (to: string) => setting.validate(connection(2 * 2 ** 30), { subject: 'shared_buffers', to }, from);
  await assert.rejects(asked('1300MB'), (error) => {
    assert.ok(error instanceof PitwallError && error.code === 'CHANGE_REFUSED');
    assert.match(error.message, /1300MB is more than 60 % of the 2\.00 GiB that the option `machine` tells of/);
    return true;
  });
  // It gets as far as the session that writes, which a pooler in between forbids.
  await assert.rejects(asked('1200MB'), (error) => !/60 %/.test(String(error)));
});

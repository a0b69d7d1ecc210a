import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { z } from 'zod';
import { defineIntegration } from '../model/define.ts';
import type { Database } from '../model/integration.ts';
import { parseConfig } from './load.ts';
import { withStatementFiles } from './statement-files.ts';
import type { IntegrationRegistry } from './targets.ts';
import { INTEGRATIONS } from './testing.ts';

const [machine] = INTEGRATIONS;
const options = z.strictObject({ path: z.string(), statementFiles: z.array(z.string()).optional() });
const registry: IntegrationRegistry = {
  ids: ['base', 'machine'],
  load: async (id) =>
    id === 'base' ? defineIntegration({ ...machine!, id, options, database: {} as Database }) : machine!,
};

const DB = '{ integration: base, path: a.db, statementFiles: [own.sql] }';

async function filesOf(targets: string, files: readonly string[], target?: string): Promise<unknown> {
  const file = '/srv/shop/pitwall.yaml';
  const loaded = await parseConfig(`version: 1\ntargets: { ${targets} }\n`, file, { environment: {}, registry });
  const { config } = await withStatementFiles(loaded, { files, from: '/home/ann', target, command: 'db' }, registry);
  return Object.fromEntries(
    config.targets.map(({ id, options }) => [id, (options as { statementFiles?: unknown }).statementFiles]),
  );
}

describe('withStatementFiles', () => {
  it('adds to the files of the only database, each from its own folder and once', async () => {
    const files = ['more.sql', '/srv/shop/own.sql', '../ann/more.sql'];
    assert.deepEqual(await filesOf(`m: { integration: machine }, db: ${DB}`, files), {
      m: undefined,
      db: ['/srv/shop/own.sql', '/home/ann/more.sql'],
    });
    assert.deepEqual(await filesOf('db: { integration: base, path: a.db }', ['q.sql']), { db: ['/home/ann/q.sql'] });
  });

  it('has to be told which of several, and leaves the others alone', async () => {
    const two = `a: ${DB}, b: ${DB}`;
    await assert.rejects(filesOf(two, ['q.sql']), {
      code: 'USAGE',
      message: /--statements: .*\(a, b\); say with --target/,
    });
    assert.deepEqual(await filesOf(two, ['q.sql'], 'b'), {
      a: ['own.sql'],
      b: ['/srv/shop/own.sql', '/home/ann/q.sql'],
    });
  });

  it('refuses a target that is no database, and a configuration without any', async () => {
    const both = `m: { integration: machine }, db: ${DB}`;
    await assert.rejects(filesOf(both, ['q.sql'], 'm'), { code: 'DATABASE_UNKNOWN', hint: /There are: db/ });
    await assert.rejects(filesOf('m: { integration: machine }', ['q.sql']), { code: 'NO_DATABASE' });
  });
});

// biome-ignore-all lint/suspicious/noTemplateCurlyInString: references to secrets look like that in the configuration.
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { PitwallError } from '../errors.ts';
import { defineIntegration } from '../model/define.ts';
import { configFromFlags } from './from-flags.ts';
import type { IntegrationRegistry } from './targets.ts';
import { INTEGRATIONS } from './testing.ts';

/** The made-up shop under the names that flags stand for. */
const registry = (...ids: readonly string[]): IntegrationRegistry => ({
  ids,
  load: async (id) => {
    const [machine, shop] = INTEGRATIONS;
    if (id === 'http') return defineIntegration({ ...shop!, id });
    const options = (await import('zod')).z.looseObject({});
    return defineIntegration({ ...machine!, id, options });
  },
});

const ALL = registry('http', 'host', 'process', 'sqlite');
const targets = async (flags: Omit<Parameters<typeof configFromFlags>[0], 'directory'>, known = ALL) =>
  (await configFromFlags({ ...flags, directory: '/srv' }, known)).config.targets.map(
    ({ id, integration, rawOptions }) => [id, integration, rawOptions],
  );

describe('configFromFlags', () => {
  it('looks at the host and the process too when the service is on this host', async () => {
    assert.deepEqual(await targets({ url: 'http://127.0.0.1:8080/x', endpoints: ['/a'], sqlite: 'data/a.db' }), [
      ['web', 'http', { url: 'http://127.0.0.1:8080/x', endpoints: ['/a'] }],
      ['host', 'host', {}],
      ['process', 'process', { port: 8080 }],
      ['db', 'sqlite', { path: 'data/a.db' }],
    ]);
    assert.deepEqual((await targets({ url: 'https://[::1]/' }))[2], ['process', 'process', { port: 443 }]);
    assert.deepEqual((await targets({ url: 'http://localhost' }))[2], ['process', 'process', { port: 80 }]);
  });

  it('does not take this host for the one of a remote service', async () => {
    assert.deepEqual(await targets({ url: 'http://localhost.example.com' }), [
      ['web', 'http', { url: 'http://localhost.example.com' }],
    ]);
  });

  it('takes a database alone', async () => {
    assert.deepEqual(
      (await targets({ sqlite: 'a.db' })).map(([id]) => id),
      ['host', 'db'],
    );
  });

  it('needs something to look at', async () => {
    await assert.rejects(targets({}), (error) => error instanceof PitwallError && error.code === 'USAGE');
  });

  it('has no file, puts state beside, and takes references literally', async () => {
    const { config } = await configFromFlags({ sqlite: '${env:HOME}', directory: '/srv' }, ALL);
    assert.equal(config.file, null);
    assert.equal(config.stateDirectory, '/srv/.pitwall');
    assert.deepEqual(config.targets[1]?.options, { path: '${env:HOME}' });
  });

  it('names the flag that is wrong', async () => {
    await assert.rejects(targets({ url: 'not a url' }), (error) => {
      assert.ok(error instanceof PitwallError);
      assert.equal(error.code, 'USAGE');
      assert.match(error.message, /^--url: expected a valid url, found "not a url"\.$/);
      return true;
    });
  });
});

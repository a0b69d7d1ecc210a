// biome-ignore-all lint/suspicious/noTemplateCurlyInString: references to secrets look like that in the configuration.
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { PitwallError } from '../errors.ts';
import { Redactor } from './redact.ts';
import { resolveOptions } from './resolve-options.ts';
import { REGISTRY } from './testing.ts';

describe('resolveOptions', () => {
  const raw = { url: 'http://a.test', token: '${env:TOKEN}' };

  it('reads the secrets of a recorded connection anew', async () => {
    const redactor = new Redactor();
    const context = { directory: '/srv', environment: { TOKEN: 'hunter22' }, redactor };
    assert.deepEqual(await resolveOptions(await REGISTRY.load('shop'), raw, context), {
      url: 'http://a.test',
      token: 'hunter22',
      requests: 20,
      timeout: 10,
    });
    assert.equal(redactor.redact('hunter22'), '‹redacted›');
  });

  it('says what is missing or no longer fits', async () => {
    const message = async (options: unknown) => {
      const error = await resolveOptions(await REGISTRY.load('shop'), options, {
        directory: '/srv',
        environment: {},
        redactor: new Redactor(),
      }).catch((e) => e);
      assert.ok(error instanceof PitwallError);
      assert.equal(error.code, 'CONNECTION_UNRESOLVED');
      return error.message;
    };
    assert.match(
      await message(raw),
      /token: the secret \$\{env:TOKEN\} cannot be read: the environment variable is not set\.$/,
    );
    assert.match(await message({ url: 'http://a.test', gone: 1 }), /gone: there is no key "gone"/);
    assert.match(await message('nonsense'), /shop: expected a map, found "nonsense"/);
  });
});

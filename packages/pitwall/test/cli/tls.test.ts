import assert from 'node:assert/strict';
import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { httpsServer } from '../../src/integrations/http/test-servers.ts';
import { DATABASE, reportOf, run, writeConfig, writePlan, writeShop } from './bad-support.ts';
import { inFolder } from './support.ts';

/** A service with a certificate of a private CA, beside a second one: what the probe trusts, load and health check trust too. */

const LOAD = { users: 1, duration: '400ms', warmup: '0s', timeout: '500ms', target: 'web' };

test('init says of a certificate that it is not trusted, and does what its hint says', { timeout: 60_000 }, (t) =>
  inFolder(async (cwd) => {
    // This host again, under a name that does not say so: there an untrusted certificate would be excused.
    const name = 'localhost,IP:0.0.0.0';
    const service = await httpsServer(t, (_, response) => response.end('ok'), { name });
    const url = service.url.replace('127.0.0.1', '0.0.0.0');
    const refused = await run(['init', url], { cwd });
    assert.equal(refused.status, 3, refused.stderr);
    assert.match(
      refused.stderr,
      /^pitwall: Cannot look at https:\/\/0\.0\.0\.0:\d+: its certificate is not trusted: .*\(.+\)\./m,
    );
    assert.match(refused.stderr, /NODE_EXTRA_CA_CERTS .*`tls\.ca` of the target/);
    assert.equal(existsSync(join(cwd, 'pitwall.yaml')), false);
    writeFileSync(join(cwd, 'ca.pem'), service.certificate);
    const trusted = await run(['init', url], { cwd, env: { NODE_EXTRA_CA_CERTS: join(cwd, 'ca.pem') } });
    assert.equal(trusted.status, 0, trusted.stderr);
    const yaml = readFileSync(join(cwd, 'pitwall.yaml'), 'utf8');
    assert.doesNotMatch(yaml.replaceAll(/^ *#.*$/gm, ''), /rejectUnauthorized/);
  }),
);

test(
  'check, load and apply use the CA of the configuration; without it none of them goes on',
  {
    timeout: 60_000,
  },
  (t) =>
    inFolder(async (cwd) => {
      let requests = 0;
      const service = await httpsServer(t, (_, response) => {
        requests += 1;
        response.end('ok');
      });
      const health: string[] = [];
      const other = await httpsServer(t, ({ url }, response) => {
        health.push(String(url));
        response.end('ok');
      });
      writeFileSync(join(cwd, 'ca.pem'), service.certificate + other.certificate);
      writeShop(cwd);
      const configure = (tls?: object) => {
        const http = { integration: 'http', requests: 2, timeout: '500ms', ...(tls && { tls }) };
        writeConfig(cwd, {
          targets: {
            web: { ...http, url: service.url, endpoints: ['/'] },
            admin: { ...http, url: other.url, endpoints: ['/alive'] },
            db: DATABASE,
          },
          load: LOAD,
          trial: { blocks: 4, blockDuration: '100ms' },
        });
      };

      configure({ ca: 'ca.pem' });
      const checked = await run(['check', '--json', '--window', '100ms', '--quiet'], { cwd });
      assert.ok(checked.status === 0 || checked.status === 1, checked.stderr);
      const loaded = await run(['load', '--json', '--quiet'], { cwd });
      assert.notEqual(loaded.status, 2, loaded.stderr);
      assert.ok((reportOf(loaded).load?.ok ?? 0) > 0, loaded.stderr);

      const plan = await writePlan(cwd);
      const before = requests;
      health.length = 0;
      const applied = await run(['apply', 'plan.json', '--json', '--quiet'], { cwd });
      assert.ok(applied.status === 0 || applied.status === 4, applied.stderr);
      assert.equal(reportOf(applied).outcomes.length, plan.changes.length, applied.stderr);
      assert.ok(requests > before, 'the load of the blocks came');
      // Only the health check asks a target that is not the load's.
      assert.deepEqual([...new Set(health)], ['/alive']);

      configure();
      const distrusted = await run(['load', '--quiet'], { cwd });
      assert.equal(distrusted.status, 3, distrusted.stderr);
      const refused = await run(['apply', 'plan.json', '--quiet'], { cwd });
      assert.equal(refused.status, 4, refused.stderr);
      assert.match(
        refused.stderr,
        /not healthy: before any change, web: GET \/ did not answer: its certificate is not/,
      );
    }),
);

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { maskArguments } from './mask.ts';

test('ordinary command lines stay as they are', () => {
  for (const args of [
    ['/usr/bin/node', '/srv/app.ts', '--port=8080', '--workers', '4'],
    ['nginx: master process /usr/sbin/nginx -c /etc/nginx/nginx.conf'],
    ['gunicorn', '-b', '127.0.0.1:8000', 'app:app'],
    ['curl', 'http://127.0.0.1:8080/a?page=2'],
    ['app', '--author=me', '--passenger-port', '80'],
  ]) {
    assert.equal(maskArguments(args), args.join(' '));
  }
});

test('what looks like a secret is hidden, wherever it stands', () => {
  const secret = 'S3cr3tValue';
  for (const args of [
    ['app', `--password=${secret}`],
    ['app', '--db-password', secret],
    ['app', '--api-key', secret, '--port', '80'],
    ['env', `DB_PASSWORD=${secret}`, 'app'],
    ['app', `postgres://user:${secret}@db/app`],
    ['curl', '-H', `Authorization: Bearer ${secret}`],
    ['curl', `http://h/x?a=1&token=${secret}`],
    ['sh', '-c', `exec app --auth-token ${secret} --verbose`],
    ['sh', '-c', `CLIENT_SECRET=${secret} app`],
    ['app', '--env', `{"HOME": "/", "DB_PASSWORD": "two ${secret}", "PORT": 1}`],
    ['app', `--config={api_key:'${secret}'}`],
    ['app', `--url=http://h/?token=${secret}`],
    ['mysql', `-p${secret}`],
    ['redis-cli', '-a', secret],
    ['app', `ghp_${secret}0123456789`],
  ]) {
    const shown = maskArguments(args);
    assert.ok(!shown.includes(secret), shown);
    assert.ok(shown.includes('***'), shown);
  }
  assert.equal(maskArguments(['app', '--token', 'x', '--port', '80']), 'app --token *** --port 80');
});

test('an option without a value does not hide the next option, and control characters go', () => {
  assert.equal(maskArguments(['app', '--no-auth', '--port=80']), 'app --no-auth --port=80');
  assert.equal(maskArguments(['app', '\u001b]0;title\u0007']), 'app  ]0;title');
});

test('a secret at the very edge of what is kept does not appear in part', () => {
  for (let padding = 250; padding < 420; padding++) {
    const shown = maskArguments(['x'.repeat(padding), '--password=S3cr3tValue', 'S3cr3tValue'.replace('S3', 'end')]);
    assert.ok(!shown.includes('S3c'), shown);
  }
});

import assert from 'node:assert/strict';
import { chmodSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import { passwordFromFile, passwordIn } from './password-file.ts';

const KEY = { host: 'db.example', port: '5432', database: 'loads', user: 'me' };

test('the first line that matches has the password', () => {
  const text = [
    '# db.example:5432:loads:me:comment',
    'other:5432:loads:me:no',
    'db.example:5432:loads:you:no',
    'too:few:fields',
    '*:*:loads:me:yes',
    'db.example:5432:loads:me:late',
  ].join('\n');
  assert.equal(passwordIn(text, KEY), 'yes');
  assert.equal(passwordIn(text, { ...KEY, user: 'them' }), null);
  assert.equal(passwordIn('', KEY), null);
});

test('colons and backslashes are escaped', () => {
  assert.equal(passwordIn('db.example:5432:loads:me:a\\:b\\\\c', KEY), 'a:b\\c');
  assert.equal(passwordIn('\\:\\:1:5432:loads:me:six', { ...KEY, host: '::1' }), 'six');
  assert.equal(passwordIn('db.example:5432:loads:me:', KEY), '');
});

test('a file that others may read is ignored; what the URL leaves open comes from the environment', () => {
  const folder = mkdtempSync(join(tmpdir(), 'pitwall-pgpass-'));
  try {
    const file = join(folder, 'pgpass');
    writeFileSync(file, 'localhost:6000:loads:me:secret\n', { mode: 0o600 });
    const environment = { PGPASSFILE: file, PGUSER: 'me', PGPORT: '6000' };
    assert.equal(passwordFromFile(new URL('postgres:///loads'), environment), 'secret');
    assert.equal(passwordFromFile(new URL('postgres://localhost/loads?host=/run/postgresql'), environment), 'secret');
    assert.equal(passwordFromFile(new URL('postgres://elsewhere/loads'), environment), null);
    chmodSync(file, 0o644);
    assert.equal(passwordFromFile(new URL('postgres:///loads'), environment), null);
    assert.equal(passwordFromFile(new URL('postgres:///loads'), { PGPASSFILE: join(folder, 'none') }), null);
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
});

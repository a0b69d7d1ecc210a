import assert from 'node:assert/strict';
import { test } from 'node:test';
import { inTheClear } from './in-the-clear.ts';

test('a store on another host without a word about TLS is warned of, without its password', () => {
  for (const url of [
    'postgres://me:hunter22@db.example/loads',
    'postgres://me:hunter22@192.0.2.7:5433/loads?application_name=x',
    'postgres://me:hunter22@[2001:db8::1]/loads',
    'postgres://me:hunter22@/loads?host=db.example',
    'postgres://me:hunter22@/loads?host=db%2525',
    'postgres://me:hunter22@db.example/loads?ssl=false',
  ]) {
    const said = inTheClear(url, {});
    assert.match(said ?? '', /is spoken to without TLS: .*sslmode=verify-full/, url);
    assert.doesNotMatch(said!, /hunter22/);
  }
  assert.match(inTheClear('postgres:///loads', { PGHOST: 'db.example' }) ?? '', /without TLS/);
});

test('this host, TLS, and a decision against it are not', () => {
  for (const url of [
    'postgres://me@localhost/loads',
    'postgres://me@127.0.0.1/loads',
    'postgres://me@[::1]/loads',
    'postgres://me@/loads?host=/run/postgresql',
    'postgres://me@%2Frun%2Fpostgresql/loads',
    'postgres:///loads',
    'postgres://me@db.example/loads?sslmode=verify-full',
    'postgres://me@db.example/loads?sslmode=require',
    'postgres://me@db.example/loads?sslmode=disable',
    'postgres://me@db.example/loads?sslrootcert=/etc/ca.pem',
    'postgres://me@db.example/loads?ssl=true',
  ]) {
    assert.equal(inTheClear(url, {}), null, url);
  }
  assert.equal(inTheClear('postgres://me@db.example/loads', { PGSSLMODE: 'require' }), null);
});

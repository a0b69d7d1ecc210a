import assert from 'node:assert/strict';
import { test } from 'node:test';
import { PitwallError } from '../errors.ts';
import { assertAllowed, isLoopback } from './allow.ts';

test('loopback by address', () => {
  for (const address of ['127.0.0.1', '127.255.0.9', '::1', '::ffff:127.0.0.1'])
    assert.equal(isLoopback(address), true, address);
  for (const address of ['128.0.0.1', '10.0.0.1', '0.0.0.0', '::', '::2', '::ffff:10.0.0.1', 'localhost', '']) {
    assert.equal(isLoopback(address), false, address);
  }
});

test('this host is allowed, by address and by name', async () => {
  assert.deepEqual(await assertAllowed('http://127.0.0.1:80', []), ['127.0.0.1']);
  assert.deepEqual(await assertAllowed('http://[::1]:80', []), ['::1']);
  assert.ok((await assertAllowed('http://localhost:80', [])).every(isLoopback));
});

test('other hosts are refused unless they are named', async () => {
  for (const url of ['http://192.0.2.1', 'http://[2001:db8::1]/', 'http://0.0.0.0']) {
    await assert.rejects(assertAllowed(url, ['127.0.0.1']), (error: unknown) => {
      assert.ok(error instanceof PitwallError);
      assert.equal(error.code, 'LOAD_NOT_ALLOWED');
      assert.equal(error.exitCode, 2);
      return true;
    });
  }
  assert.deepEqual(await assertAllowed('http://192.0.2.1', ['192.0.2.1']), ['192.0.2.1']);
  assert.deepEqual(await assertAllowed('http://[2001:db8::1]:9', ['[2001:DB8::1]']), ['2001:db8::1']);
});

test('a name that does not resolve is unreachable', async () => {
  await assert.rejects(assertAllowed('http://no-such-host.invalid', []), (error: unknown) => {
    assert.ok(error instanceof PitwallError);
    assert.equal(error.code, 'LOAD_UNREACHABLE');
    assert.equal(error.exitCode, 3);
    return true;
  });
});

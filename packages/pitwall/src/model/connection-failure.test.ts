import assert from 'node:assert/strict';
import { test } from 'node:test';
import { connectionFailure, tlsFailure } from './connection-failure.ts';

test('what the network says, in words', () => {
  const say = (code: string, authority = '10.0.0.1:80') => connectionFailure(code, authority);
  assert.equal(say('ECONNREFUSED'), 'the connection was refused: nothing listens on 10.0.0.1:80');
  assert.equal(say('ENOENT', '/run/shop.sock'), 'there is no socket /run/shop.sock');
  assert.equal(say('ENOTSOCK', '/etc/hosts'), '/etc/hosts is not a socket');
  assert.equal(say('ENOTFOUND', 'shop.invalid'), 'the name shop.invalid cannot be resolved (ENOTFOUND)');
  assert.equal(say('EAI_AGAIN', 'shop.invalid:8443'), 'the name shop.invalid cannot be resolved (EAI_AGAIN)');
  assert.equal(say('EHOSTUNREACH'), 'there is no way to 10.0.0.1:80 (EHOSTUNREACH)');
  assert.equal(say('ETIMEDOUT'), '10.0.0.1:80 did not answer (ETIMEDOUT)');
  assert.equal(say('ECONNRESET'), null, 'a reset is not a failure to connect');
  assert.equal(say(''), null);
});

test('what TLS says, in words', () => {
  const openssl = (alert: string) =>
    `405D0A23EC7F0000:error:0A00045C:SSL routines:ssl3_read_bytes:${alert}:../deps/openssl/ssl/record/rec_layer_s3.c:918:SSL alert number 116\n`;
  assert.equal(
    tlsFailure('CERT_HAS_EXPIRED', 'certificate has expired'),
    'its certificate is not trusted: it has expired (CERT_HAS_EXPIRED)',
  );
  const altnames =
    "Hostname/IP does not match certificate's altnames: Host: bank. is not in the cert's altnames: DNS:shop";
  assert.equal(
    tlsFailure('ERR_TLS_CERT_ALTNAME_INVALID', altnames),
    "its certificate is not trusted: it is for another name (Host: bank. is not in the cert's altnames: DNS:shop)",
  );
  assert.match(
    tlsFailure('ERR_SSL_TLSV13_ALERT_CERTIFICATE_REQUIRED', openssl('tlsv13 alert certificate required')),
    /^the server refused the handshake: tlsv13 alert certificate required; does it demand a client certificate\?/,
  );
  assert.match(
    tlsFailure('ERR_SSL_SSL/TLS_ALERT_HANDSHAKE_FAILURE', openssl('ssl/tls alert handshake failure')),
    /demand a client certificate\?/,
  );
  assert.match(tlsFailure('ERR_SSL_WRONG_VERSION_NUMBER', openssl('wrong version number')), /does not speak TLS/);
  assert.equal(tlsFailure('ECONNRESET', 'socket hang up'), 'the connection was closed during the TLS handshake');
  assert.equal(
    tlsFailure('ERR_SSL_UNSUPPORTED_PROTOCOL', openssl('unsupported protocol')),
    'the TLS handshake failed: unsupported protocol (ERR_SSL_UNSUPPORTED_PROTOCOL)',
  );
});

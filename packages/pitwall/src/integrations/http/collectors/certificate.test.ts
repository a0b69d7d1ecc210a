import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Fact } from '../../../model/observation.ts';
import { collectContext, connectionWith, deadPort, httpServer, httpsServer, NOW } from '../test-servers.ts';
import { certificateCollector, judgeable } from './certificate.ts';

function detailsOf(fact: Fact | undefined): Record<string, unknown> {
  assert.equal(fact?.kind, 'http.tls');
  return fact.value as Record<string, unknown>;
}

test('reads an untrusted certificate, and says why it is not trusted', async (t) => {
  const { url } = await httpsServer(t, (_, response) => response.end(), { days: 20 });
  const { environment, ...context } = collectContext();
  const now = (): number => Date.now() / 1000;
  const collected = await certificateCollector.collect(await connectionWith({ url }), {
    ...context,
    environment: { ...environment, now },
  });
  const details = detailsOf(collected.facts?.[0]);
  assert.equal(details.issuer, 'localhost');
  assert.match(String(details.distrust), /SELF_SIGNED/);
  assert.match(String(details.protocol), /^TLSv1\.[23]$/);
  const remaining = collected.samples?.[0]?.value;
  assert.ok(typeof remaining === 'number');
  assert.ok(Math.abs(remaining - 20 * 86_400) < 3600, `${remaining} s is about 20 days`);
});

test('trusts it when its CA is given', async (t) => {
  const { url, certificate } = await httpsServer(t, (_, response) => response.end());
  const connection = await connectionWith({ url, tls: { ca: certificate } });
  const collected = await certificateCollector.collect(connection, collectContext());
  assert.equal(detailsOf(collected.facts?.[0]).distrust, null);
});

test('a plain http service has none, and that is said', async (t) => {
  const url = await httpServer(t, (_, response) => response.end());
  const collected = await certificateCollector.collect(await connectionWith({ url }), collectContext());
  assert.deepEqual(collected, {
    gaps: [{ what: 'http.tls.certificate.remaining', why: 'the service is plain http and has no certificate' }],
  });
});

test('a service that is down is a gap', async () => {
  const connection = await connectionWith({ url: `https://127.0.0.1:${await deadPort()}` });
  const collected = await certificateCollector.collect(connection, collectContext());
  assert.match(collected.gaps?.[0]?.why ?? '', /refused/);
});

const HANDSHAKE = { protocol: 'TLSv1.3', cipher: 'X', subject: 's', issuer: 'i', validFrom: '', distrust: null };

test('an expired certificate has less than nothing left', () => {
  const collected = judgeable({ ...HANDSHAKE, validTo: new Date((NOW - 60) * 1000).toUTCString() }, 'a:443', NOW);
  assert.equal(collected.samples?.[0]?.value, -60);
});

test('an end that cannot be read is a gap, not a number', () => {
  const collected = judgeable({ ...HANDSHAKE, validTo: 'soon' }, 'a:443', NOW);
  assert.equal(collected.samples, undefined);
  assert.equal(collected.gaps?.length, 1);
});

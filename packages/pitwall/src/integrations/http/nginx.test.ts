import assert from 'node:assert/strict';
import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { type TestContext, test } from 'node:test';
import { freePort } from '../../../test/support/free-port.ts';
import { noNginx, startNginx } from '../../../test/support/nginx.ts';
import { endpointsProbe } from './collectors/endpoints.ts';
import { detect } from './detect.ts';
import type { ResponseFact } from './response-fact.ts';
import { evaluate } from './rules/test-view.ts';
import uncacheable from './rules/uncacheable-static-asset.ts';
import uncompressed from './rules/uncompressed-response.ts';
import { collectContext, connectionWith, temporaryFolder } from './test-servers.ts';

const skip = noNginx;

/** Starts nginx of its own on a free port, serving a page, a style sheet and JSON; answers with its origin. */
async function startSite(t: TestContext, extra: string): Promise<string> {
  const folder = await temporaryFolder(t);
  await mkdir(join(folder, 'html'));
  await writeFile(
    join(folder, 'html/index.html'),
    '<link rel="stylesheet" href="/site.css"><a href="/data.json">data</a>',
  );
  await writeFile(join(folder, 'html/site.css'), '.a { color: red; }\n'.repeat(2000));
  await writeFile(
    join(folder, 'html/data.json'),
    JSON.stringify(Array.from({ length: 1000 }, (_, id) => ({ id, name: 'device' }))),
  );
  const port = await freePort();
  const servers = `types { text/html html; text/css css; application/json json; }
    server { listen 127.0.0.1:${port}; root ${folder}/html; ${extra} }`;
  await startNginx(t, folder, servers, port);
  return `http://127.0.0.1:${port}`;
}

async function responses(url: string): Promise<ResponseFact[]> {
  const connection = await connectionWith({ url, endpoints: ['/', '/site.css', '/data.json'], requests: 3 });
  const { facts = [], gaps } = await endpointsProbe.collect(connection, collectContext());
  assert.deepEqual(gaps, []);
  return facts.map(({ value }) => value as unknown as ResponseFact);
}

test('nginx as it is installed: files are sent uncompressed, with validators', { skip }, async (t) => {
  const found = await responses(await startSite(t, ''));
  assert.match(found[0]?.headers.server ?? '', /^nginx/);
  assert.ok(found.every(({ headers }) => headers.etag && headers['last-modified']));
  const result = evaluate(uncompressed, found);
  assert.ok('found' in result);
  assert.deepEqual(
    result.found.map(({ subject }) => subject),
    ['GET /site.css', 'GET /data.json'],
  );
  assert.ok('clear' in evaluate(uncacheable, found));
});

test('nginx with the advised lines is found compressed, by what the rule predicted', { skip }, async (t) => {
  const before = await responses(await startSite(t, ''));
  const result = evaluate(uncompressed, before);
  assert.ok('found' in result);
  const code = result.found[1]?.advice?.code ?? '';
  const lines = code
    .split('\n')
    .filter((line) => line.endsWith(';') && line.startsWith('gzip') && !line.startsWith('gzip_types'));
  const after = await responses(await startSite(t, `${lines.join(' ')} gzip_types text/css application/json;`));
  assert.ok('clear' in evaluate(uncompressed, after));
  for (const index of [1, 2]) {
    assert.equal(after[index]?.headers['content-encoding'], 'gzip');
    assert.equal(after[index]?.decodedBytes, before[index]?.transferredBytes);
    assert.ok(
      after[index]!.transferredBytes <= before[index]!.gzip!.outputBytes * 1.1,
      'at least about what was predicted',
    );
  }
});

test('nginx without validators: the style sheet cannot be cached', { skip }, async (t) => {
  const found = await responses(await startSite(t, 'etag off; add_header Last-Modified "";'));
  const result = evaluate(uncacheable, found);
  assert.ok('found' in result);
  assert.equal(result.found[0]?.subject, 'GET /site.css');
});

test('nginx is detected by its Server header, with the page and what it refers to', { skip }, async (t) => {
  const url = new URL(await startSite(t, ''));
  const { environment, signal } = collectContext();
  const [found] = await detect({ environment, signal, url, listeners: [] });
  assert.ok(found);
  assert.match(found.notes.url ?? '', /Server: nginx/);
  assert.deepEqual((found.options as { endpoints: unknown }).endpoints, ['/', '/site.css', '/data.json']);
});

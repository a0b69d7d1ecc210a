import assert from 'node:assert/strict';
import { test } from 'node:test';
import { fixture } from '../fixtures/accept.ts';
import { detectFormat, readerFor } from './formats.ts';
import type { LineReader, LogRecord } from './record.ts';

/** The log_format and the LogFormat that the servers were run with. */
const TIMED =
  '$remote_addr - $remote_user [$time_iso8601] "$request_method $request_uri $server_protocol" $status $body_bytes_sent rt=$request_time urt="$upstream_response_time" host=$host "$http_user_agent" $msec';
const APACHE_TIMED = '%h %{%Y-%m-%dT%H:%M:%S}t.%{msec_frac}t %m %U%q %>s %B %D \\"%{User-Agent}i\\"';

const lines = (file: string) => fixture('access-log/fixtures', file).trimEnd().split('\n');

function readAll(reader: LineReader, file: string) {
  const read = lines(file).map((line) => reader.read(line));
  return {
    records: read.filter((each): each is LogRecord => each !== null && each !== 'no-request'),
    none: read.filter((each) => each === 'no-request').length,
    unread: read.filter((each) => each === null).length,
  };
}

test('lines of real servers are read whole: nothing is lost, and the garbage is told from requests', () => {
  for (const [file, format, records, none] of [
    ['nginx-combined.log', null, 241, 1],
    ['nginx-timed.log', TIMED, 241, 1],
    ['nginx-json.log', null, 241, 1],
    ['apache-common.log', null, 240, 1],
    ['apache-combined.log', null, 240, 1],
    ['apache-vhost.log', null, 240, 1],
    ['apache-timed.log', APACHE_TIMED, 240, 1],
    ['caddy.log', null, 120, 0],
  ] as const) {
    const reader = format === null ? detectFormat(lines(file)) : readerFor(format);
    assert.ok(reader, file);
    const read = readAll(reader, file);
    assert.deepEqual([read.records.length, read.none, read.unread], [records, none, 0], file);
    assert.ok(
      read.records.every(({ time }) => time > 1795229100 && time < 1795229200),
      file,
    );
    assert.ok(
      read.records.some(({ target }) => target.includes('/search?q=gr%C3%B6%C3%9Fe%2042&token=')),
      file,
    );
    assert.ok(
      read.records.every(({ status }) => [200, 201, 301, 404].includes(status)),
      file,
    );
  }
});

test('the named formats are told apart', () => {
  assert.equal(detectFormat(lines('nginx-combined.log'))?.name, 'combined');
  assert.equal(detectFormat(lines('apache-common.log'))?.name, 'common');
  assert.equal(detectFormat(lines('apache-vhost.log'))?.name, 'vhost_combined');
  assert.equal(detectFormat(lines('caddy.log'))?.name, 'JSON lines');
  assert.equal(detectFormat(['hello', 'world']), null);
  assert.equal(detectFormat([]), null);
});

test('each field is where it belongs', () => {
  const timed = readAll(readerFor(TIMED), 'nginx-timed.log').records[1]!;
  assert.deepEqual(timed, {
    time: 1795229153.708,
    timeIs: 'end',
    method: 'GET',
    target: '/api/users/13',
    status: 200,
    bytes: 11,
    duration: 0,
    client: '127.0.1.1',
    agent: 'Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/131.0.0.0 Safari/537.36',
    host: 'shop.example',
  });
  const apache = readAll(readerFor(APACHE_TIMED), 'apache-timed.log').records[0]!;
  assert.deepEqual(
    { ...apache, agent: '' },
    {
      time: 1795229153.632,
      timeIs: 'start',
      method: 'GET',
      target: '/api/users/13',
      status: 200,
      bytes: 3,
      duration: 0.000723,
      client: '127.0.1.1',
      agent: '',
      host: null,
    },
  );
  const vhost = readAll(readerFor('vhost_combined'), 'apache-vhost.log').records[0]!;
  assert.deepEqual([vhost.host, vhost.client, vhost.bytes], ['shop.example', '127.0.1.1', 259]);
  const caddy = readAll(readerFor('caddy'), 'caddy.log').records[0]!;
  assert.deepEqual([caddy.host, caddy.client, caddy.timeIs], ['127.0.0.1:18082', '127.0.1.1', 'end']);
  assert.ok(caddy.duration! > 0 && caddy.duration! < 0.1);
});

test('quotation marks inside quoted fields do not end them', () => {
  const combined = readerFor('apache_combined');
  const line = String.raw`::1 - ann [21/Nov/2026:02:45:53 +0530] "GET /a\"b HTTP/1.1" 200 - "-" "say \"hi\" \\"`;
  const record = combined.read(line) as LogRecord;
  assert.equal(record.agent, String.raw`say \"hi\" \\`);
  assert.equal(record.target, String.raw`/a\"b`);
  assert.equal(record.bytes, null);
  assert.equal(record.time, Date.UTC(2026, 10, 20, 21, 15, 53) / 1000);
});

test('bytes that servers escape become percent-encoded; a whole directive may be given', () => {
  const reader = readerFor(`log_format main '$remote_addr [$time_local] '\n '"$request" $status';`);
  const record = reader.read(
    String.raw`10.0.0.1 [21/Nov/2026:02:45:53 +0000] "GET /caf\xC3\xA9?q=\x22a\x22 HTTP/1.1" 200`,
  );
  assert.equal((record as LogRecord).target, '/caf%C3%A9?q=%22a%22');
  assert.equal(readerFor(`log_format j escape=json '{"time":"$time_iso8601"}';`).name, 'JSON lines');
  const apache = readerFor('LogFormat "%{X-Forwarded-For}i %h %{sec}t %r %>s %{ms}T" name');
  const forwarded = apache.read('203.0.113.9, 10.1.1.1 10.0.0.1 1795229153 GET /x HTTP/1.1 200 250');
  assert.equal(forwarded, null, 'a field with blanks that nothing encloses cannot be told apart');
});

test('formats that cannot be read are refused with the reason', () => {
  for (const [format, says] of [
    ['fancy', /neither a known name nor a format/],
    ['$remote_addr $request $status', /no time/],
    ['$time_local $status', /neither the request line nor method and path/],
    ['$time_local$request $status', /two of its variables have nothing between them/],
    ['%t %r', /no status/],
    ['%{%Q}t %r %>s', /%Q in its time/],
    ['json:nonsense=a', /expected FIELD=KEY/],
  ] as const) {
    assert.throws(() => readerFor(format), says, format);
  }
});

test('hostile lines are refused or read in time that grows with their length only', () => {
  const started = performance.now();
  const reader = readerFor('combined');
  for (const line of [
    '',
    '"'.repeat(100_000),
    `${'\\"'.repeat(50_000)}`,
    `a - - [21/Nov/2026:02:45:53 +0000] "${'\\"'.repeat(50_000)}`,
    `a - - [21/Nov/2026:02:45:53 +0000] "GET /${'a'.repeat(100_000)} HTTP/1.1" 200 1 "-" "-"`,
    `a - - [99/Foo/2026:99:99:99 +0000] "GET / HTTP/1.1" 200 1 "-" "-"`,
    `a - - [21/Nov/2026:02:45:53 +0000] "GET / HTTP/1.1" 99999 1 "-" "-"`,
    '{"a":'.repeat(10_000),
  ]) {
    const read = reader.read(line);
    assert.ok(read === null || read === 'no-request', line.slice(0, 80));
  }
  assert.ok(performance.now() - started < 2000);
});

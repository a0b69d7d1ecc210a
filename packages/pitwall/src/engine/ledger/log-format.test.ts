import assert from 'node:assert/strict';
import { test } from 'node:test';
import { type TimedReader, timedReader } from './log-format.ts';

const combined = (path: string, tail = '', status = 200) =>
  `127.0.0.1 - - [21/Nov/2026:02:45:53 +0000] "GET ${path} HTTP/1.1" ${status} 512 "-" "pitwall"${tail}`;

function durations(lines: readonly string[], format: string | null = null) {
  const reader = timedReader(lines, format) as TimedReader;
  assert.equal(typeof reader, 'object', String(reader));
  const read = lines.map((line) => {
    const record = reader.read(line);
    return record === null || record === 'no-request' ? null : record.duration;
  });
  return { read, resolution: reader.resolution, grain: reader.grain, name: reader.name };
}

const sniffed: readonly (readonly [
  what: string,
  tails: readonly string[],
  read: readonly number[],
  resolution: number,
])[] = [
  ['$request_time', [' 0.012', ' 1.500'], [0.012, 1.5], 1e-3],
  ['"$request_time"', [' "0.012"', ' "0.003"'], [0.012, 0.003], 1e-3],
  [
    'rt=$request_time',
    [' rt=0.012 uct=0.001 uht=0.010 urt=0.011', ' rt=0.010 uct=0.001 uht=0.010 urt=0.010'],
    [0.012, 0.01],
    1e-3,
  ],
  ['urt before rt', [' urt="0.011" request_time=0.012', ' urt="0.002" request_time=0.004'], [0.012, 0.004], 1e-3],
  [
    'forwarded, upstream and request time',
    [' "1.2.3.4, 5.6.7.8" 0.010 0.012', ' "-" 0.001 0.001'],
    [0.012, 0.001],
    1e-3,
  ],
  ['nothing took long', [' 0.000', ' 0.000'], [0, 0], 1e-3],
  ['%D', [' 12345', ' 80'], [0.012345, 0.00008], 1e-6],
];
for (const [what, tails, read, resolution] of sniffed) {
  test(`found out behind a combined line: ${what}`, () => {
    const found = durations(tails.map((tail, i) => combined(`/${i}`, tail)));
    assert.deepEqual([found.read, found.resolution, found.grain], [read, resolution, 1]);
    assert.equal(found.name, 'combined with request times');
  });
}

test('lines of other requests among them: only those that are requests decide', () => {
  const hello = '127.0.0.1 - - [21/Nov/2026:02:45:53 +0000] "\\x16\\x03" 400 150 "-" "-" 0.100';
  assert.deepEqual(durations([combined('/a', ' 0.012'), hello]).read, [0.012, null]);
});

test('a common line, and one with the virtual host before it', () => {
  const common = '::1 - bob [21/Nov/2026:02:45:53 +0000] "GET /a HTTP/1.1" 200 5 0.034';
  assert.deepEqual(durations([common]).read, [0.034]);
  assert.deepEqual(durations([`shop.example:443 ${combined('/a')} 2000`]).read, [0.002]);
});

test('a format that was given: in any place, in its own unit', () => {
  const nginx = durations(
    ['0.250|1763693153.123|/a?b=1|GET|200'],
    '$request_time|$msec|$request_uri|$request_method|$status',
  );
  assert.deepEqual([nginx.read, nginx.grain], [[0.25], 1e-3]);
  const seconds = durations(
    [`${combined('/a')} 3`, `${combined('/a')} 0`],
    '%h %l %u %t "%r" %>s %b "%{Referer}i" "%{User-Agent}i" %T',
  );
  assert.deepEqual([seconds.read, seconds.resolution], [[3, 0], 1]);
});

test('JSON of Caddy, with the microseconds that it has', () => {
  const caddy =
    '{"ts":1763693153.1234,"request":{"method":"GET","uri":"/a","headers":{"User-Agent":["pitwall"]}},"duration":0.000123,"size":5,"status":200}';
  const found = durations([caddy]);
  assert.deepEqual([found.read, found.resolution, found.grain], [[0.000123], 1e-6, 1e-3]);
});

test('what tells nothing says why', () => {
  assert.match(
    String(timedReader([combined('/a')], null)),
    /do not say how long requests took \(nginx: \$request_time/,
  );
  assert.match(String(timedReader([combined('/a', ' 17 42')], null)), /do not say how long/);
  assert.match(String(timedReader([combined('/a', ' a=0.1')], null)), /do not say how long/);
  assert.match(String(timedReader(['what is this', 'and this'], null)), /no format that is known/);
  assert.match(
    String(timedReader([combined('/a')], '$msec $status $request_method $uri')),
    /none of its lines can be read/,
  );
  assert.throws(() => timedReader([combined('/a')], 'nonsense'), { code: 'IMPORT_FORMAT' });
});

test('a hostile line does not hold anybody up', () => {
  const start = performance.now();
  timedReader([combined('/a', ` ${'"'.repeat(50_000)}`), combined('/a', ` ${'0.001 '.repeat(20_000)}`)], null);
  assert.ok(performance.now() - start < 2000);
});

test('fields that are opened and never closed are read in time that grows with the length of the line alone', () => {
  const started = performance.now();
  for (const text of ['[ ', '[', '"\\', '\\" ', '[\\]"']) {
    const line = combined('/a', ` ${text.repeat(120_000 / text.length)} 0.012`);
    timedReader([line, line, line], null);
  }
  // The first took 15 s, by the square of its length.
  assert.ok(performance.now() - started < 2000);
  assert.deepEqual(
    durations([combined('/a', ' [ "\\" 0.012'), combined('/b', ' [x y] "\\"" 0.010')]).read,
    [0.012, 0.01],
  );
});

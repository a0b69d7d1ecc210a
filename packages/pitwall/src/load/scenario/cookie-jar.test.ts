import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { CookieJar, cookieOrigin } from './cookie-jar.ts';

const NOW = Date.UTC(2024, 0, 1);

/** A jar for that origin that was given these headers, all for `/`. */
function jarOf(url: string, ...headers: readonly string[]): CookieJar {
  const jar = new CookieJar(cookieOrigin(new URL(url)));
  for (const header of headers) jar.take(header, '/', NOW);
  return jar;
}

const sent = (url: string, ...headers: readonly string[]) => jarOf(url, ...headers).header('/', NOW);

describe('what is sent back', () => {
  it('the examples of RFC 6265 §3.1', () => {
    assert.equal(sent('http://example.com', 'SID=31d4d96e407aad42'), 'SID=31d4d96e407aad42');
    const jar = jarOf(
      'https://example.com',
      'SID=31d4d96e407aad42; Path=/; Secure; HttpOnly',
      'lang=en-US; Path=/; Domain=example.com',
    );
    assert.equal(jar.header('/', NOW), 'SID=31d4d96e407aad42; lang=en-US');
    jar.take('lang=; Expires=Sun, 06 Nov 1994 08:49:37 GMT; Path=/', '/', NOW);
    assert.equal(jar.header('/', NOW), 'SID=31d4d96e407aad42');
  });

  it('nothing, from a jar without cookies', () => assert.equal(sent('http://a.test'), ''));

  it('a new value in the place of the old one', () => {
    assert.equal(sent('http://a.test', 'a=1', 'b=2', 'a=3'), 'a=3; b=2');
    assert.equal(sent('http://a.test', 'a=1', 'A=2'), 'a=1; A=2');
  });

  it('longer paths first, then the order in which they came', () => {
    const jar = jarOf('http://a.test', 'a=1; path=/', 'b=2; path=/x', 'c=3; path=/', 'b=4; path=/x/y');
    assert.equal(jar.header('/x/y?q=/z', NOW), 'b=4; b=2; a=1; c=3');
    assert.equal(jar.header('/x', NOW), 'b=2; a=1; c=3');
    assert.equal(jar.header('/xx', NOW), 'a=1; c=3');
    assert.equal(jar.header('/x/', NOW), 'b=2; a=1; c=3');
  });

  it('without a path attribute: to the folder of the request', () => {
    const jar = jarOf('http://a.test');
    jar.take('deep=1', '/a/b/c?x=/y', NOW);
    jar.take('top=2', '/login', NOW);
    jar.take('odd=3; path=nowhere', '/a/x', NOW);
    assert.equal(jar.header('/a/b/z', NOW), 'deep=1; odd=3; top=2');
    assert.equal(jar.header('/a', NOW), 'odd=3; top=2');
    assert.equal(jar.header('/b', NOW), 'top=2');
  });

  it('a value without a name as it came', () => assert.equal(sent('http://a.test', '=x', 'y=1'), 'x; y=1'));
});

describe('how long', () => {
  it('Max-Age goes before Expires; what is over is not sent', () => {
    const jar = jarOf('http://a.test', 'a=1; max-age=10; expires=Sun, 06 Nov 1994 08:49:37 GMT', 'b=2');
    assert.equal(jar.header('/', NOW + 9_999), 'a=1; b=2');
    assert.equal(jar.header('/', NOW + 10_000), 'b=2');
    const dated = jarOf('http://a.test', 'a=1; expires=Mon, 01 Jan 2024 00:00:05 GMT');
    assert.equal(dated.header('/', NOW + 4_999), 'a=1');
    assert.equal(dated.header('/', NOW + 5_000), '');
  });

  it('is ended by the server with a time that is over, for that path only', () => {
    assert.equal(sent('http://a.test', 'a=1', 'a=; max-age=0'), '');
    assert.equal(sent('http://a.test', 'a=1', 'a=; max-age=-1'), '');
    assert.equal(sent('http://a.test', 'a=1', 'a=; path=/x; max-age=0'), 'a=1');
  });
});

describe('what is not taken', () => {
  it('cookies for other hosts; for the domain above it is', () => {
    assert.equal(sent('http://www.shop.test', 'a=1; domain=shop.test', 'b=2; domain=.WWW.shop.test'), 'a=1; b=2');
    for (const domain of ['op.test', 'x.www.shop.test', 'other.test']) {
      assert.equal(sent('http://www.shop.test', `a=1; domain=${domain}`), '', domain);
    }
    assert.equal(sent('http://127.0.0.1', 'a=1; domain=0.0.1'), '');
    assert.equal(sent('http://127.0.0.1', 'a=1; domain=127.0.0.1'), 'a=1');
  });

  it('Secure cookies over plain HTTP, but on this host', () => {
    assert.equal(sent('http://shop.test', 'a=1; secure', 'b=2'), 'b=2');
    for (const url of ['https://shop.test', 'http://localhost:80', 'http://127.0.0.1:8080', 'http://[::1]:1'])
      assert.equal(sent(url, 'a=1; secure'), 'a=1', url);
  });

  it('names that promise what is not so', () => {
    assert.equal(sent('https://a.test', '__Secure-a=1', '__secure-b=2; secure'), '__secure-b=2');
    assert.equal(
      sent(
        'https://a.test',
        '__Host-a=1; secure',
        '__Host-b=2; path=/; secure; domain=a.test',
        '__Host-c=3; path=/; secure',
        '=__Host-d=4; path=/; secure',
      ),
      '__Host-c=3',
    );
  });

  it('more than 50: the oldest goes, the ended ones before', () => {
    const jar = jarOf('http://a.test', 'short=1; max-age=5');
    for (let i = 0; i < 51; i++) jar.take(`c${i}=${i}`, '/', NOW + 10_000);
    const cookies = jar.header('/', NOW + 10_000).split('; ');
    assert.equal(cookies.length, 50);
    assert.equal(cookies[0], 'c1=1');
    assert.equal(cookies.at(-1), 'c50=50');
  });
});

it('takes all of an answer, and nothing else of it', () => {
  const jar = jarOf('http://a.test');
  const headers = [
    ['set-cookie', 'a=1'],
    ['x-set-cookie', 'b=2'],
    ['set-cookie', 'c=3, d=4'],
  ] as const;
  jar.takeAll(headers, '/', NOW);
  assert.equal(jar.header('/', NOW), 'a=1; c=3, d=4');
});

it('a jar is small: ten thousand with a session each take a few MB', () => {
  const origin = cookieOrigin(new URL('http://a.test'));
  const before = process.memoryUsage().heapUsed;
  const jars = Array.from({ length: 10_000 }, (_, i) => {
    const jar = new CookieJar(origin);
    jar.take(`session=${i.toString(16).padStart(32, '0')}; path=/; httponly`, '/login', NOW);
    return jar;
  });
  const each = (process.memoryUsage().heapUsed - before) / jars.length;
  assert.ok(each < 2000, `${each} bytes a jar`);
});

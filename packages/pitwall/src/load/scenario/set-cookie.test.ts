import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { parseCookieDate, parseSetCookie } from './set-cookie.ts';

describe('parseSetCookie', () => {
  it('reads name, value and attributes in any case', () => {
    // RFC 6265 §3.1 and §4.1.2.
    const cookie = parseSetCookie(
      'lang=en-US; Path=/; DOMAIN=.Example.com; secure; HttpOnly; Expires=Wed, 09 Jun 2021 10:18:14 GMT; max-age=5',
    );
    assert.deepEqual(cookie, {
      name: 'lang',
      value: 'en-US',
      path: '/',
      domain: 'example.com',
      secure: true,
      expires: Date.UTC(2021, 5, 9, 10, 18, 14),
      maxAge: 5,
    });
  });

  it('trims, keeps quotes and further equal signs, and the last attribute of a kind', () => {
    const of = (header: string) => {
      const { name, value, path } = parseSetCookie(header)!;
      return [name, value, path];
    };
    assert.deepEqual(of(' a \t=\t "x y" ;path=/x;Path=/y'), ['a', '"x y"', '/y']);
    assert.deepEqual(of('a=b=c;path=nowhere'), ['a', 'b=c', null]);
    assert.deepEqual(of('=x'), ['', 'x', null]);
    assert.deepEqual(of('x'), ['', 'x', null]);
    assert.deepEqual(of('a=;;;'), ['a', '', null]);
  });

  it('ignores what is useless or too big', () => {
    for (const header of ['', '=', ';path=/', 'a=\u0000', 'a=b\u007f', 'a=日', `a=${'x'.repeat(4096)}`]) {
      assert.equal(parseSetCookie(header), null, JSON.stringify(header.slice(0, 20)));
    }
    assert.ok(parseSetCookie(`a=${'x'.repeat(4095)}`));
    assert.ok(parseSetCookie(`a=b;${' '.repeat(16_000)}path=/x`));
    assert.equal(parseSetCookie(`a=b;${' '.repeat(17_000)}path=/x`), null);
    const { path, maxAge, expires } = parseSetCookie(`a=b; path=/${'x'.repeat(1024)}; max-age=1.5; expires=soon`)!;
    assert.deepEqual([path, maxAge, expires], [null, null, null]);
    assert.equal(parseSetCookie('a=b; max-age=-7; max-age=x')!.maxAge, -7);
  });

  it('stays quick on a header made to be slow', () => {
    const started = performance.now();
    parseSetCookie(`${' \t'.repeat(30_000)}a=${';'.repeat(60_000)}`);
    parseSetCookie(`a=b; expires=${'1'.repeat(900)}${' '.repeat(100)}`);
    // Blanks in the middle: this one took a second and a half, at 60,000 of them.
    for (const blank of [' ', '\t']) parseSetCookie(`a=x${blank.repeat(500_000)}y`);
    for (let i = 0; i < 50; i++) parseSetCookie(`a=x${' '.repeat(16_000)}y; path=/${' '.repeat(300)}z`);
    assert.ok(performance.now() - started < 1000);
  });
});

describe('parseCookieDate', () => {
  // Dates in the manners of RFC 6265 §5.1.1 and of github.com/abarth/http-state's tests.
  const good: Readonly<Record<string, number>> = {
    'Sun, 06 Nov 1994 08:49:37 GMT': Date.UTC(1994, 10, 6, 8, 49, 37),
    'Sunday, 06-Nov-94 08:49:37 GMT': Date.UTC(1994, 10, 6, 8, 49, 37),
    'Sun Nov  6 08:49:37 1994': Date.UTC(1994, 10, 6, 8, 49, 37),
    'Mon, 10-Dec-2007 17:02:24 GMT': Date.UTC(2007, 11, 10, 17, 2, 24),
    'Thu, 01 Jan 1970 00:00:00 GMT': 0,
    '10 Feb 69 01:02:03': Date.UTC(2069, 1, 10, 1, 2, 3),
    '10 Feb 70 01:02:03': Date.UTC(1970, 1, 10, 1, 2, 3),
    'Fri, 07 Aug 2007 8:9:5 GMT': Date.UTC(2007, 7, 7, 8, 9, 5),
    '2007 12:00:00 august 3rd': Date.UTC(2007, 7, 3, 12, 0, 0),
    'Mon, 29 Feb 2016 00:00:00 GMT': Date.UTC(2016, 1, 29),
  };
  for (const [text, time] of Object.entries(good)) it(text, () => assert.equal(parseCookieDate(text), time));

  for (const text of [
    '',
    'Wed, 31 Feb 2021 10:00:00 GMT',
    'Wed, 29 Feb 2015 10:00:00 GMT',
    '01 Jan 1600 00:00:00',
    '01 Jan 2021 24:00:00',
    '01 Jan 2021 00:60:00',
    '00 Jan 2021 00:00:00',
    '32 Jan 2021 00:00:00',
    '01 Jan 00:00:00',
    'Jan 2021 00:00',
    '1 Jan 20210 00:00:00',
  ]) {
    it(`not ${text}`, () => assert.equal(parseCookieDate(text), null));
  }
});

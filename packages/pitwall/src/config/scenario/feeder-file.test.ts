import assert from 'node:assert/strict';
import { truncateSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, it, type TestContext } from 'node:test';
import { type FeederFileOptions, FeederMistake, readFeederFile, rowsOf } from './feeder-file.ts';
import { folder } from './testing.ts';

function read(t: TestContext, name: string, content: string | Buffer, options: FeederFileOptions = {}) {
  return readFeederFile(join(folder(t, { [name]: content }), name), name, options);
}

async function problem(t: TestContext, name: string, content: string | Buffer, options: FeederFileOptions = {}) {
  try {
    await read(t, name, content, options);
  } catch (error) {
    assert.ok(error instanceof FeederMistake, String(error));
    return error.message;
  }
  return null;
}

describe('CSV', () => {
  it('with a byte order mark, quotes, line breaks in values, empty lines and Windows line ends', async (t) => {
    const text = '\ufeffuser, password \r\nann,"a ""b"", c"\r\n\r\n"bo\r\nb", x \r\n,\r\n';
    const { rows, missing } = await read(t, 'users.csv', text);
    assert.deepEqual(rows, [
      { user: 'ann', password: 'a "b", c' },
      { user: 'bo\r\nb', password: ' x ' },
      { user: '', password: '' },
    ]);
    assert.equal(missing.size, 0);
  });

  it('with another delimiter, or tabs', async (t) => {
    assert.deepEqual((await read(t, 'a.csv', 'a;b\n1;2,3\n', { delimiter: ';' })).rows, [{ a: '1', b: '2,3' }]);
    assert.deepEqual((await read(t, 'a.tsv', 'a\tb\n1\t2\n')).rows, [{ a: '1', b: '2' }]);
    assert.deepEqual((await read(t, 'a.txt', 'a\n1\n', { format: 'csv' })).rows, [{ a: '1' }]);
  });

  it('with names that objects have already', async (t) => {
    const { rows } = await read(t, 'a.csv', '__proto__,constructor\n1,2\n');
    assert.deepEqual(Object.entries(rows[0]!), [
      ['__proto__', '1'],
      ['constructor', '2'],
    ]);
  });

  const mistakes: Readonly<Record<string, readonly [text: string, expected: string]>> = {
    'too few values': ['a,b\n1,2\n"3\n3"\n', 'f.csv:3: it has 1 value, and the header has 2 columns'],
    'too many values': ['a\n\n1,2\n', 'f.csv:3: it has 2 values, and the header has 1 column'],
    'a quote that is not closed': ['a,b\n1,2\n3,"4\n5,6\n', 'f.csv:3: a quote is opened and never closed'],
    'text after a closing quote': [
      'a\n"x"y\n',
      'f.csv:2: after the closing quote of a value comes more of it; a quote inside a value is written twice',
    ],
    'a quote inside a value': ['a\n1\nx"y"\n', 'f.csv:3: a quote stands inside a value that does not begin with one'],
    'a row without an end': [
      `a\n"${'x'.repeat(1.5 * 1024 ** 2)}`,
      'f.csv:2: a row is larger than 1 MiB; is a quote missing?',
    ],
    'a column without a name': ['a,,c\n', 'f.csv:1: column 2 of the header has no name'],
    'a column twice': ['a,b, a\n', 'f.csv:1: the header has the column "a" twice'],
    'a column that templates cannot name': [
      'a,{b}\n',
      'f.csv:1: "{b}" cannot be the name of a column: {{…}} could not name it',
    ],
    'a header alone': ['a,b\n', '"f.csv" has no rows'],
    nothing: ['', '"f.csv" has no rows'],
  };
  for (const [what, [text, expected]] of Object.entries(mistakes)) {
    it(`refuses ${what}`, async (t) => assert.equal(await problem(t, 'f.csv', text), expected));
  }
});

describe('JSON lines', () => {
  it('with maps inside, which are there by dots and as a whole', async (t) => {
    const text = '\ufeff{"user":{"id":7,"tags":["a"]},"ok":true,"none":null,"big":12345678901234567890}\r\n\n';
    assert.deepEqual((await read(t, 'f.jsonl', text)).rows, [
      {
        user: '{"id":7,"tags":["a"]}',
        'user.id': '7',
        'user.tags': '["a"]',
        ok: 'true',
        none: 'null',
        big: '12345678901234567890',
      },
    ]);
  });

  it('leaves out what not every row has, and says where it is missing', async (t) => {
    const { rows, missing } = await read(t, 'f.ndjson', '{"a":1,"b":2}\n\n{"a":3}\n{"a":4,"c":{"d":5}}\n');
    assert.deepEqual(rows, [{ a: '1' }, { a: '3' }, { a: '4' }]);
    assert.deepEqual(
      [...missing],
      [
        ['b', 'line 3'],
        ['c', 'line 1'],
        ['c.d', 'line 1'],
      ],
    );
  });

  it('refuses what is no map, naming the line', async (t) => {
    assert.equal(
      await problem(t, 'f.jsonl', '{"a":1}\n{a:1}\n'),
      'f.jsonl:2: it is not JSON; each line has to be a map such as {"user":"a"}',
    );
    assert.equal(await problem(t, 'f.jsonl', '[1]\n'), 'f.jsonl:1: expected a map such as {"user":"a"}, found a list');
    assert.equal(await problem(t, 'f.jsonl', '\n\n'), '"f.jsonl" has no rows');
    assert.equal(await problem(t, 'f.jsonl', '{}', { delimiter: ';' }), 'JSON lines have no delimiter');
  });

  it('is not set off by names that objects have, or by depth', async (t) => {
    const deep = `{"__proto__":{"a":1},"x":${'{"y":'.repeat(500)}1${'}'.repeat(500)}}`;
    const { rows } = await read(t, 'f.jsonl', deep);
    assert.equal(Object.getOwnPropertyDescriptor(rows[0]!, '__proto__')?.value, '{"a":1}');
    assert.ok(Object.keys(rows[0]!).length < 30);
    assert.equal(({} as Record<string, unknown>).a, undefined);
  });
});

describe('files that cannot be read', () => {
  it('not there, a folder, not UTF-8, of an unknown format, too big', async (t) => {
    const directory = folder(t, { 'a.csv': Buffer.from([0x61, 0x0a, 0xff]), big: '' });
    const of = async (name: string, options: FeederFileOptions = { format: 'csv' }) => {
      const failure = await readFeederFile(join(directory, name), name, options).catch((error: unknown) => error);
      return failure instanceof FeederMistake ? failure.message : failure;
    };
    assert.equal(await of('none.csv'), '"none.csv" cannot be read: there is no such file');
    assert.equal(await of(''), '"" cannot be read: it is a folder');
    assert.equal(await of('a.csv'), '"a.csv" cannot be read: it is not UTF-8 text');
    assert.equal(await of('big', {}), 'the ending of "big" does not tell its format: give format: csv or jsonl');
    writeFileSync(join(directory, 'big'), '');
    truncateSync(join(directory, 'big'), 100 * 1024 ** 2 + 1);
    assert.equal(await of('big'), '"big" cannot be read: it is larger than 100 MiB');
  });
});

describe('rowsOf', () => {
  it('takes rows of a scenario as they would be in a file', () => {
    assert.deepEqual(rowsOf([{ a: 1, b: { c: 'x' } }]).rows, [{ a: '1', b: '{"c":"x"}', 'b.c': 'x' }]);
    assert.deepEqual(
      [...rowsOf([{ a: 1 }, { b: 1 }]).missing],
      [
        ['a', 'row 2'],
        ['b', 'row 1'],
      ],
    );
    assert.throws(() => rowsOf([]), FeederMistake);
  });
});

// biome-ignore-all lint/suspicious/noTemplateCurlyInString: shells write variables like that.
import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { test } from 'node:test';
import { expandWord, tokenize } from './tokenize.ts';

const words = (text: string) => tokenize(text).map((command) => command.words);

test('words are what a shell makes of them', () => {
  const lines = [
    'curl -H \'a: b\' "c d" e\\ f',
    "curl 'it'\\''s' \"say \\\"hi\\\" \\\\ \\x\" ''",
    "curl $'a\\'b\\n\\t\\x41\\u00e9\\101\\\\ \\q'",
    'curl a#b # comment',
    'curl \\\n  -X POST \\\n  url',
    'curl "a\nb" \'c\nd\'',
    "curl $'\\xc3\\xa9\\xf0\\x9f\\x98\\x80'",
  ];
  for (const line of lines) {
    // The shell is asked with the text in a file of its own words: nothing of it is run but printf.
    const script = `set -- ${line.replace(/^curl /, '')}\nprintf '%s\\0' "$@"`;
    const expected = execFileSync('bash', ['--norc', '-c', script], { env: { LC_ALL: 'C.UTF-8' } })
      .toString('utf8')
      .split('\0')
      .slice(0, -1);
    assert.deepEqual(words(line), [['curl', ...expected]], line);
  }
});

test('commands end at line breaks and at what chains them; where output goes is read over', () => {
  assert.deepEqual(words('curl a; curl b && curl c || curl d & curl e\ncurl f | jq .'), [
    ['curl', 'a'],
    ['curl', 'b'],
    ['curl', 'c'],
    ['curl', 'd'],
    ['curl', 'e'],
    ['curl', 'f'],
    ['jq', '.'],
  ]);
  assert.deepEqual(words('(curl a)'), [['curl', 'a']]);
  assert.deepEqual(words('curl a > out.txt 2>&1 >>log b 2>/dev/null'), [['curl', 'a', 'b']]);
  assert.deepEqual(
    tokenize('\n\n  curl a\ncurl \\\nb\ncurl c').map(({ line }) => line),
    [3, 4, 6],
  );
});

test('variables keep their names, and only where a shell would see one', () => {
  const [command] = tokenize(`curl "$A-\${B}" '$C' $D\\$E`);
  assert.deepEqual(command!.variables, ['A', 'B', 'D']);
  const written = command!.words.map((word) =>
    expandWord(
      word,
      (text) => text,
      (name) => `<${name}>`,
    ),
  );
  assert.deepEqual(written, ['curl', '<A>-<B>', '$C', '<D>$E']);
});

test('what only a shell can do makes a command unusable', () => {
  for (const [text, problem] of [
    ['curl $(date)', /only a shell can do/],
    ['curl `date`', /backquotes/],
    ['curl "`date`"', /backquotes/],
    ['curl "${A:-b}"', /only a shell can do/],
    ['curl -d @- < file', /redirection/],
    ["curl 'a", /a ' is never closed/],
    ['curl "a', /a " is never closed/],
    ["curl $'a", /never closed/],
  ] as const) {
    assert.match(String(tokenize(text)[0]?.problem), problem, text);
  }
});

test('no text hangs it, and no text passes as a variable that is none', () => {
  const started = performance.now();
  for (const text of [
    "'".repeat(100_001),
    '\\'.repeat(100_001),
    "$'\\".repeat(50_000),
    '"$'.repeat(50_000),
    `curl ${'$A'.repeat(50_000)}`,
    '>'.repeat(100_000),
  ])
    tokenize(text);
  assert.ok(performance.now() - started < 2000);
  assert.deepEqual(tokenize('curl \ue000HOME\ue001')[0]!.words, ['curl', '\ufffdHOME\ufffd']);
});

import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Check, Extraction } from '../../model/scenario.ts';
import { seededRandom } from '../../stats/random.ts';
import type { Channel } from '../channel.ts';
import { compileScenario } from './compile.ts';
import { judge } from './exchange.ts';
import { flow, scenario, step } from './testing.ts';
import { User } from './users.ts';

const EXTRACT: readonly Extraction[] = [
  { as: 'whole', from: 'jsonpath', path: '$', fallback: '' },
  { as: 'first', from: 'jsonpath', path: '$[0]', fallback: '' },
  { as: 'deep', from: 'jsonpath', path: '$..id', fallback: '' },
  { as: 'text', from: 'regex', pattern: '"([^"]*)"', group: 1, fallback: '' },
];
const CHECKS: readonly Check[] = [
  { kind: 'jsonpath', name: 'equal', path: '$[0]', equals: [[[]]] },
  { kind: 'body', name: 'says so', matches: 'a' },
  { kind: 'size', name: 'small', min: 0, max: 1000 },
];

async function judgeOf(extract: readonly Extraction[], checks: readonly Check[]) {
  const { steps } = await compileScenario(scenario({ cookies: true, flows: [flow([step({ extract, checks })])] }), 1);
  const user = new User(0, 0, 1, { host: 'localhost', secure: false });
  return (body: Uint8Array, headers: [string, string][] = []) => {
    const captured = { status: 200, headers, body, size: body.length, truncated: false };
    const channel = { status: 200, intended: 0, captured: () => captured } as unknown as Channel;
    return judge(channel, steps[0]!, user, 10);
  };
}

test('an answer that is nested deeper than any stack is one that has nothing to extract, not the end of the run', async () => {
  const deep = Buffer.from('['.repeat(200_000) + ']'.repeat(200_000));
  const judgeExtract = await judgeOf([{ as: 'x', from: 'jsonpath', path: '$[0]' }], []);
  const { kind, because } = judgeExtract(deep);
  assert.equal(kind, 'extract');
  assert.match(because, /nested/);
  const judgeCheck = await judgeOf([], [{ kind: 'jsonpath', name: 'same', path: '$', equals: [[]] }]);
  assert.equal(judgeCheck(deep).kind, 'check');
});

test('whatever an answer holds, it is judged', async () => {
  const random = seededRandom(11);
  // Next to nothing holds all of the checks; many texts hold those of the body.
  const judges = [await judgeOf(EXTRACT, CHECKS), await judgeOf(EXTRACT, CHECKS.slice(1))];
  const parts = [
    '[',
    ']',
    '{',
    '}',
    '"id":',
    '"a"',
    '\\u0000',
    '1e999',
    '12345678901234567890',
    'null',
    ',',
    ':',
    '\ud800',
    ' ',
    '"',
  ];
  const kinds = new Set<string | null>();
  for (let i = 0; i < 3000; i++) {
    const pieces = Array.from(
      { length: Math.floor(random() ** 2 * 40) },
      () => parts[Math.floor(random() * parts.length)]!,
    );
    const text =
      random() < 0.3 ? `[${pieces.filter((piece) => !/[{}[\],:"]/.test(piece)).join(',')}]` : pieces.join('');
    const cookie: [string, string][] = random() < 0.5 ? [['set-cookie', text.replace(/[^\x20-\x7e]/g, '')]] : [];
    for (const judgeAny of judges) {
      const { kind, failed } = judgeAny(Buffer.from(text), cookie);
      kinds.add(kind);
      assert.equal(kind === 'check', failed.length > 0);
    }
  }
  assert.deepEqual(kinds, new Set([null, 'check']));
});

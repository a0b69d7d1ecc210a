import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import type { Check } from '../../model/scenario.ts';
import type { Answer } from './answer.ts';
import { compileCheck, failedChecks } from './checks.ts';
import { jsonPathCompiler } from './json-path.ts';
import { answer } from './testing.ts';

const jsonPath = await jsonPathCompiler();
const holds = (check: Check, from: Answer) => compileCheck(check, jsonPath).holds(from);

describe('what a check demands', () => {
  it('status', () => {
    const check: Check = { kind: 'status', name: 's', in: [200, 404] };
    assert.deepEqual(
      [200, 404, 201].map((status) => holds(check, answer('', { status }))),
      [true, true, false],
    );
  });

  it('header: there, or one value of it like a pattern', () => {
    const from = answer('', {
      headers: [
        ['vary', 'Accept'],
        ['vary', 'Origin'],
      ],
    });
    const check = (header: string, matches: string | null): Check => ({ kind: 'header', name: 'h', header, matches });
    assert.equal(holds(check('Vary', null), from), true);
    assert.equal(holds(check('Vary', '^Orig'), from), true);
    assert.equal(holds(check('Vary', '^rig'), from), false);
    assert.equal(holds(check('ETag', null), from), false);
  });

  it('jsonpath: there (null is something), or equal to plain data', () => {
    const from = answer({ a: null, n: 1, list: [{ x: 1, y: 2 }], text: '1' });
    const at = (path: string): Check => ({ kind: 'jsonpath', name: 'j', path });
    assert.equal(holds(at('$.a'), from), true);
    assert.equal(holds(at('$.b'), from), false);
    assert.equal(holds({ ...at('$.n'), equals: 1 } as Check, from), true);
    assert.equal(holds({ ...at('$.text'), equals: 1 } as Check, from), false);
    assert.equal(holds({ ...at('$.list'), equals: [{ y: 2, x: 1 }] } as Check, from), true);
    assert.equal(holds({ ...at('$.a'), equals: null } as Check, from), true);
    assert.equal(holds(at('$'), answer('<html>')), false);
  });

  it('body, size and latency', () => {
    assert.equal(holds({ kind: 'body', name: 'b', matches: 'wel+come' }, answer('you are wellcome')), true);
    assert.equal(holds({ kind: 'body', name: 'b', matches: '^wel' }, answer('you are welcome')), false);
    const size: Check = { kind: 'size', name: 's', min: 2, max: 3 };
    assert.deepEqual(
      ['a', 'ab', 'é1', 'abcd'].map((body) => holds(size, answer(body))),
      [false, true, true, false],
    );
    const latency: Check = { kind: 'latency', name: 'l', max: 0.5 };
    assert.deepEqual(
      [0.5, 0.501].map((responseTime) => holds(latency, answer('', { responseTime }))),
      [true, false],
    );
  });
});

describe('failedChecks', () => {
  const checks = ([500, 200, 404] as const).map((code) =>
    compileCheck({ kind: 'status', name: String(code), in: [code] }, jsonPath),
  );
  it('gives the indexes, and one empty list for all that hold', () => {
    assert.deepEqual(failedChecks(checks, answer('')), [0, 2]);
    const fine = checks.slice(1, 2);
    assert.equal(failedChecks(fine, answer('')), failedChecks(fine, answer('')));
    assert.deepEqual(failedChecks(fine, answer('')), []);
  });
});

it('only those that look at headers or body need them kept', () => {
  const needs = (check: Check) => compileCheck(check, jsonPath).needsCapture;
  assert.equal(needs({ kind: 'status', name: 's', in: [200] }), false);
  assert.equal(needs({ kind: 'latency', name: 'l', max: 1 }), false);
  assert.equal(needs({ kind: 'size', name: 's', min: 0, max: 1 }), true);
  assert.equal(needs({ kind: 'body', name: 'b', matches: 'x' }), true);
});

import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { MultipartPart } from '../../model/scenario.ts';
import { compileMultipart } from './multipart.ts';
import { ScenarioMistake, TemplateProblem } from './template.ts';
import { scopeWith } from './testing.ts';

const NAMES = { known: new Set(['v']), variables: {}, extracted: new Set<string>() };
const part = (more: Partial<MultipartPart>): MultipartPart => ({
  name: 'a',
  value: 'x',
  base64: false,
  fileName: null,
  contentType: null,
  ...more,
});

test('the bytes are exact', () => {
  const file = Buffer.from([0, 13, 10, 255]);
  const { boundary, isConstant, render } = compileMultipart(
    [
      part({ value: 'é' }),
      part({ name: 'f', value: file.toString('base64'), base64: true, fileName: 'ü.bin', contentType: 'image/png' }),
    ],
    NAMES,
    1,
  );
  assert.equal(isConstant, true);
  const expected = Buffer.concat([
    Buffer.from(`--${boundary}\r\nContent-Disposition: form-data; name="a"\r\n\r\né\r\n`),
    Buffer.from(
      `--${boundary}\r\nContent-Disposition: form-data; name="f"; filename="ü.bin"\r\nContent-Type: image/png\r\n\r\n`,
    ),
    file,
    Buffer.from(`\r\n--${boundary}--\r\n`),
  ]);
  assert.deepEqual(Buffer.from(render(scopeWith())), expected);
});

test('an independent parser reads back what went in', async () => {
  const hostile = 'x"; filename="evil\r\nX: y\r\n\r\n';
  const { boundary, render } = compileMultipart(
    [part({ name: hostile, value: '{{v}}' }), part({ name: 'f', fileName: hostile, value: 'AAEC', base64: true })],
    NAMES,
    1,
  );
  const value = 'a\r\n--b\r\n"é日';
  const form = await new Response(new Uint8Array(render(scopeWith({ v: value }))), {
    headers: { 'content-type': `multipart/form-data; boundary=${boundary}` },
  }).formData();
  assert.deepEqual([...form.keys()], [hostile, 'f']);
  assert.equal(form.get(hostile), value);
  const file = form.get('f') as File;
  assert.equal(file.name, hostile);
  assert.deepEqual([...new Uint8Array(await file.arrayBuffer())], [0, 1, 2]);
});

test('the boundary repeats with the seed and is in no value', () => {
  const boundaryOf = (seed: number, parts = [part({})]) => compileMultipart(parts, NAMES, seed).boundary;
  assert.equal(boundaryOf(7), boundaryOf(7));
  assert.notEqual(boundaryOf(7), boundaryOf(8));
  assert.ok(boundaryOf(7).length <= 70);
  const value = Buffer.from(`--${boundaryOf(7)}--`).toString('base64');
  assert.notEqual(boundaryOf(7, [part({ value, base64: true })]), boundaryOf(7));
  const { boundary, render } = compileMultipart([part({ value: '{{v}}' })], NAMES, 7);
  assert.throws(() => render(scopeWith({ v: `x\r\n--${boundary}--` })), TemplateProblem);
});

test('a content type cannot begin another header', () => {
  assert.throws(() => compileMultipart([part({ contentType: 'a/b\r\nX: y' })], NAMES, 1), ScenarioMistake);
});

test('without parts it is still a body', () => {
  const { boundary, render } = compileMultipart([], NAMES, 1);
  assert.equal(Buffer.from(render(scopeWith())).toString(), `--${boundary}--\r\n`);
});

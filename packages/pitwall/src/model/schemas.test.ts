import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { z } from 'zod';
import { durationSchema, ratioSchema, sizeSchema } from './schemas.ts';

describe('schemas of values with units', () => {
  it('take SI numbers and text with a unit', () => {
    assert.equal(durationSchema.parse(2), 2);
    assert.equal(durationSchema.parse('1m30s'), 90);
    assert.equal(sizeSchema.parse('1KiB'), 1024);
    assert.equal(sizeSchema.parse(7), 7);
    assert.equal(ratioSchema.parse('5%'), 0.05);
    assert.equal(durationSchema.default(10).parse(undefined), 10);
  });

  it('say what they expect, whatever is wrong', () => {
    for (const bad of ['fast', '500', -1, true, null, [], {}, Number.NaN, Number.POSITIVE_INFINITY]) {
      const result = durationSchema.safeParse(bad);
      assert.equal(result.success, false, String(bad));
      assert.deepEqual(
        result.error?.issues.map((issue) => issue.message),
        ['expected a duration such as 500ms or 2s'],
      );
    }
  });

  it('have a JSON Schema of what may be written', () => {
    const schema = z.toJSONSchema(durationSchema, { io: 'input' });
    assert.deepEqual(schema.type, ['number', 'string']);
  });
});

import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, it } from 'node:test';
import { parse } from 'yaml';
import { z } from 'zod';
import { scenarioJsonSchema } from '../json-schema.ts';

const GUIDE = join(import.meta.dirname, '..', '..', '..', '..', '..', 'docs', 'LOAD.md');

describe('scenarioJsonSchema', () => {
  const schema = scenarioJsonSchema() as Parameters<typeof z.fromJSONSchema>[0] & { properties: object };
  // What an editor does with it: read back as a schema, it checks what is written.
  const editor = z.fromJSONSchema(schema);
  const complaints = (scenario: unknown) =>
    editor.safeParse(scenario).error?.issues.map(({ message }) => message) ?? [];

  it('takes the examples of docs/LOAD.md as they are', () => {
    const examples = [...readFileSync(GUIDE, 'utf8').matchAll(/```yaml\n([\s\S]*?)```/g)]
      .map(([, text]) => parse(text!) as Record<string, unknown>)
      .filter((example) => 'flows' in example || 'steps' in example);
    assert.ok(examples.length > 0, 'there is one at least');
    for (const example of examples) assert.deepEqual(complaints(example), []);
  });

  it('knows every key of a scenario and of a step, with what it is for', () => {
    const { properties } = schema as { properties: Record<string, { description?: string; items?: unknown }> };
    assert.deepEqual(Object.keys(properties).sort(), [
      'abort',
      'cleanUp',
      'cookies',
      'feeders',
      'flows',
      'headers',
      'name',
      'oncePerUser',
      'steps',
      'variables',
    ]);
    for (const [name, { description }] of Object.entries(properties)) assert.ok(description, name);
    const step = properties.steps!.items as { properties: Record<string, { description?: string }> };
    for (const name of ['get', 'json', 'check', 'extract', 'think', 'expected']) {
      assert.ok(step.properties[name]?.description, name);
    }
  });

  it('complains of what is not there, and of values that cannot be', () => {
    const step = (keys: object) => ({ steps: [{ get: '/', ...keys }] });
    assert.deepEqual(complaints(step({})), []);
    for (const wrong of [
      { ...step({}), flow: [] },
      step({ chekc: { status: 200 } }),
      step({ check: { status: 'fine' } }),
      { steps: [] },
      { ...step({}), cookies: 'yes' },
    ]) {
      assert.notDeepEqual(complaints(wrong), [], JSON.stringify(wrong));
    }
  });
});

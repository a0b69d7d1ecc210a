import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { configJsonSchema } from './json-schema.ts';
import { INTEGRATIONS } from './testing.ts';

describe('configJsonSchema', () => {
  // biome-ignore lint/suspicious/noExplicitAny: the shape of it is what is asserted
  const schema = configJsonSchema(INTEGRATIONS) as any;

  it('knows every section, with descriptions', () => {
    assert.deepEqual(Object.keys(schema.properties).sort(), [
      'load',
      'objectives',
      'rules',
      'service',
      'state',
      'targets',
      'trial',
      'version',
    ]);
    assert.equal(schema.additionalProperties, false);
    assert.deepEqual(schema.required, ['version', 'targets']);
    assert.equal(
      schema.properties.load.properties.duration.description,
      'How long is measured. With iterations: the longest that it may take, by default 10m.',
    );
  });

  it('knows the options of each integration, whose name the key may imply', () => {
    const { targets } = schema.properties;
    assert.deepEqual(targets.properties.shop.anyOf[0], { $ref: '#/definitions/implied-shop' });
    assert.deepEqual(targets.additionalProperties.anyOf, [
      { $ref: '#/definitions/target-host' },
      { $ref: '#/definitions/target-shop' },
    ]);
    const shop = schema.definitions['target-shop'];
    assert.deepEqual(shop.required, ['url', 'integration']);
    assert.deepEqual(shop.properties.integration.const, 'shop');
    assert.equal(shop.properties.url.description, 'Where it is.');
    assert.equal(shop.additionalProperties, false);
    assert.deepEqual(schema.definitions['implied-shop'].required, ['url']);
  });

  it('takes an entry with nothing behind it where nothing is required', () => {
    assert.deepEqual(schema.definitions['implied-host'].anyOf[1], { type: 'null' });
  });

  it('has no reference to a definition that is not there', () => {
    const text = JSON.stringify(schema);
    for (const [, name] of text.matchAll(/"#\/definitions\/([^"]+)"/g)) assert.ok(schema.definitions[name!], name);
  });
});

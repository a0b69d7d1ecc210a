/** Writes what is made from `meta`: docs/reference/*.md and packages/pitwall/schema/*.json. `--check` only compares. */
import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join, relative } from 'node:path';
import { configJsonSchema, scenarioJsonSchema } from '../packages/pitwall/src/config/json-schema.ts';
import { loadAllIntegrations } from '../packages/pitwall/src/integrations/registry.ts';
import { reportJsonSchema } from '../packages/pitwall/src/report/schema.ts';
import { referencePages } from './reference-pages.ts';

const root = join(import.meta.dirname, '..');
const integrations = await loadAllIntegrations();
const json = (value: unknown) => `${JSON.stringify(value, null, 2)}\n`;
const schemas = join(root, 'packages', 'pitwall', 'schema');
const wanted = new Map<string, string>([
  ...[...referencePages(integrations)].map(([name, text]) => [join(root, 'docs', 'reference', name), text] as const),
  [join(schemas, 'config-1.schema.json'), json(configJsonSchema(integrations))],
  [join(schemas, 'scenario-1.schema.json'), json(scenarioJsonSchema())],
  [join(schemas, 'report-1.schema.json'), json(reportJsonSchema())],
]);
const stale = [...wanted]
  .filter(([file, text]) => !existsSync(file) || readFileSync(file, 'utf8') !== text)
  .map(([file]) => file);
if (process.argv.includes('--check')) {
  for (const file of stale) console.error(`${relative(root, file)} is not current; run: npm run docs`);
  process.exitCode = stale.length > 0 ? 1 : 0;
} else {
  for (const file of stale) {
    mkdirSync(join(file, '..'), { recursive: true });
    writeFileSync(file, wanted.get(file)!);
    console.log(`wrote ${relative(root, file)}`);
  }
}

/**
 * Scaffolds code that compiles and passes its tests:
 *
 *   npm run new integration NAME          packages/pitwall/src/integrations/NAME/
 *   npm run new rule INTEGRATION/NAME     packages/pitwall/src/integrations/INTEGRATION/rules/NAME.ts and its test
 *
 * Adding an integration edits no existing file. Adding a rule asks for one line in the integration's index.ts, which is
 * said when it is done.
 */
import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { dirname, join, relative } from 'node:path';

const root = process.env.PITWALL_ROOT ?? join(import.meta.dirname, '..');
const integrations = join(root, 'packages', 'pitwall', 'src', 'integrations');
const templates = join(import.meta.dirname, 'templates');

function fail(sentence: string): never {
  console.error(`new: ${sentence}`);
  process.exit(2);
}

function checkName(name: string | undefined, what: string): string {
  if (!name || !/^[a-z][a-z0-9]*(-[a-z0-9]+)*$/.test(name))
    fail(`the ${what} has to be in kebab-case, such as redis or no-eviction-policy.`);
  return name;
}

const camel = (name: string) => name.replace(/-([a-z0-9])/g, (_, letter: string) => letter.toUpperCase());
const title = (name: string) => name[0]!.toUpperCase() + name.slice(1).replaceAll('-', ' ');

/** Templates are real files with `__name__`, `__Name__`, `__camelName__` and `__integration__` in them. */
function write(template: string, file: string, words: Readonly<Record<string, string>>): void {
  if (existsSync(file)) fail(`${relative(root, file)} exists already.`);
  let text = readFileSync(join(templates, template), 'utf8');
  for (const [word, value] of Object.entries(words)) text = text.replaceAll(`__${word}__`, value);
  mkdirSync(dirname(file), { recursive: true });
  writeFileSync(file, text);
  console.log(`wrote ${relative(root, file)}`);
}

const [kind, argument] = process.argv.slice(2);
if (kind === 'integration') {
  const name = checkName(argument, 'name of the integration');
  const folder = join(integrations, name);
  if (existsSync(folder)) fail(`there is an integration ${name} already.`);
  const words = { name, Name: title(name), camelName: camel(name) };
  for (const file of [
    'index.ts',
    'connection.ts',
    'indicators.ts',
    'collectors/status.ts',
    'collectors/status.test.ts',
    'rules/too-many-connections.ts',
    'rules/too-many-connections.test.ts',
  ]) {
    write(`integration/${file}.txt`, join(folder, file), words);
  }
  console.log(
    `\nNext: docs/ADDING-AN-INTEGRATION.md. Then: npm run docs && npm run check && npm run test:unit -- ${name}`,
  );
} else if (kind === 'rule') {
  const [integration, rule] = (argument ?? '').split('/');
  const name = checkName(rule, 'name of the rule (INTEGRATION/NAME)');
  if (!integration || !existsSync(join(integrations, integration, 'index.ts')))
    fail(`there is no integration ${integration}.`);
  const words = { name, Name: title(name), camelName: camel(name), integration };
  for (const ending of ['.ts', '.test.ts'])
    write(`rule/rule${ending}.txt`, join(integrations, integration, 'rules', `${name}${ending}`), words);
  console.log(
    `\nNext: add ${camel(name)} to the rules in integrations/${integration}/index.ts, write the rule (docs/ADDING-A-RULE.md).`,
  );
  console.log('Then: npm run docs && npm run check');
} else fail('usage: npm run new integration NAME, or npm run new rule INTEGRATION/NAME.');

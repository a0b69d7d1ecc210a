import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { PitwallError } from '../errors.ts';
import { COMMON_OPTIONS, type Command } from './command.ts';
import { command as agent } from './commands/agent.ts';
import { command as check } from './commands/check.ts';
import { command as db } from './commands/db.ts';
import { command as importing } from './commands/import.ts';
import { command as init } from './commands/init.ts';
import { formOf, helpText, parseInvocation } from './parse.ts';

const { signal } = new AbortController();
const parse = (command: Command, ...argv: string[]) => parseInvocation(command, argv, signal).values;
const said = (command: Command, ...argv: string[]): string => {
  try {
    parse(command, ...argv);
  } catch (error) {
    assert.ok(error instanceof PitwallError && error.code === 'USAGE', String(error));
    return error.message;
  }
  return '';
};

describe('common flags that would do nothing', () => {
  for (const [command, argv, why] of [
    [agent, ['--config', 'a.yaml'], /^pitwall agent takes no --config: what is loaded comes with its share .*\.$/],
    [agent, ['-c', 'a.yaml'], /^pitwall agent takes no --config: /],
    [agent, ['--out', 'r.json'], /^pitwall agent takes no --out: the report is written where .*\.$/],
    [importing, ['har', 'a.har', '--config', 'a.yaml'], /^pitwall import takes no --config: it reads recordings/],
    [init, ['http://x', '--out', 'a.yaml'], /^pitwall init takes no --out: .* file that --config names\.$/],
  ] as const) {
    it(`${command.name} refuses ${argv.at(-2)}`, () => assert.match(said(command, ...argv), why));
  }

  it('are not in its help, and the others are in that of every command', () => {
    for (const command of [agent, check, importing, init]) {
      const help = helpText(command);
      for (const name of Object.keys(COMMON_OPTIONS)) {
        const refused = Object.hasOwn(command.without ?? {}, name);
        assert.equal(new RegExp(`^ +(-\\w, )?--${name}\\b`, 'm').test(help), !refused, `${command.name} --${name}`);
      }
    }
  });

  it('what a command means by a common flag of its own stays', () => {
    assert.deepEqual(parse(importing, 'har', 'a.har', '-o', 'b.yaml'), { out: ['b.yaml'] });
    assert.deepEqual(parse(init, 'http://x', '-c', 'b.yaml'), { config: 'b.yaml' });
    assert.deepEqual(parse(agent, '--json', '-q', '--once'), { json: true, quiet: true, once: true });
  });

  it('are not proposed either', () => assert.doesNotMatch(said(agent, '--confg', 'x'), /config/));
});

describe('a flag that there is not', () => {
  it('is told what was probably meant: the nearest, or what other tools call by that name', () => {
    assert.equal(said(check, '--limt', '3'), 'There is no flag --limt.');
    assert.match(said(check, '--detals'), /did you mean --details\?$/);
    assert.match(said(check, '--formt', 'html'), /There is no flag --formt; did you mean --out\?$/);
    assert.match(said(check, '--format=html'), /did you mean --out\?$/);
    assert.match(said(check, '--verbose'), /did you mean --details\?$/);
    // It takes no --out.
    assert.equal(said(agent, '--format', 'html'), 'There is no flag --format.');
    assert.equal(said(check, '--zzzzzz'), 'There is no flag --zzzzzz.');
  });
});

describe('a command of several forms', () => {
  const names = ['indexes', 'explain'];

  it('has a page of each, with its own flags and examples and no others', () => {
    const flagsOf = (text: string) => new Set([...text.matchAll(/^ +(?:-\w, )?--([a-z-]+)/gm)].map(([, name]) => name));
    const pages = names.map((name) => helpText(formOf(db, [name])));
    for (const [i, page] of pages.entries()) {
      assert.match(page, new RegExp(`^Usage: pitwall db ${names[i]}`));
      assert.ok(
        page.split('\n').every((line) => line.length <= 80 || line.startsWith('  pitwall ')),
        page,
      );
      const examples = page.split('Examples:')[1]!;
      const shown = [...examples.matchAll(/^ {2}(pitwall .*)$/gm)].map(([, line]) => line!);
      assert.ok(shown.length > 0 && shown.every((line) => line.startsWith(`pitwall db ${names[i]}`)), examples);
    }
    const [indexes, explain] = pages.map(flagsOf) as [Set<string>, Set<string>];
    assert.ok(indexes.has('budget') && !indexes.has('param') && !indexes.has('watch'));
    assert.ok(explain.has('param') && !explain.has('budget') && !explain.has('since'));
    const whole = helpText(db);
    assert.ok(!flagsOf(whole).has('budget') && !flagsOf(whole).has('param') && flagsOf(whole).has('watch'));
    for (const name of names) assert.match(whole, new RegExp(`^ {2}pitwall db ${name}`, 'm'));
  });

  it('takes the flags of the form that is named, before it or after it', () => {
    assert.deepEqual(parse(db, 'indexes', '--budget', '1MB'), { budget: '1MB' });
    assert.deepEqual(parse(db, '--budget', '1MB', 'indexes'), { budget: '1MB' });
    assert.deepEqual(parse(db, 'explain', 'SELECT 1', '--param', '1', '--param', '2', '-q'), {
      param: ['1', '2'],
      quiet: true,
    });
    assert.equal(said(db, '--budget', '1MB'), '--budget does nothing with pitwall db.');
    assert.equal(said(db, 'explain', 'SELECT 1', '--budget', '1'), '--budget does nothing with pitwall db explain.');
    assert.equal(said(db, 'explain'), 'pitwall db explain needs "SQL".');
    assert.equal(said(db, 'indexes', 'a'), 'pitwall db indexes does not take a.');
    assert.equal(said(db, 'indxes'), 'pitwall db does not take indxes; did you mean indexes?');
    assert.equal(said(db, 'zzz'), 'pitwall db does not take zzz: it is indexes or explain.');
    assert.match(said(db, '--budgt', '1'), /did you mean --budget\?$/);
  });
});

import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { PitwallError } from '../errors.ts';
import { COMMON_OPTIONS, type Command } from './command.ts';
import { command as agent } from './commands/agent.ts';
import { command as check } from './commands/check.ts';
import { command as importing } from './commands/import.ts';
import { command as init } from './commands/init.ts';
import { helpText, parseInvocation } from './parse.ts';

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

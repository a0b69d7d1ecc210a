import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import { BIN, inFolder, pitwall } from './support.ts';

const COMMANDS = [
  'init',
  'check',
  'load',
  'agent',
  'import',
  'compare',
  'plan',
  'apply',
  'dismiss',
  'rollback',
  'recover',
  'history',
  'report',
  'list',
  'explain',
  'schema',
  'demo',
];

test('--version and --help answer; without a command the help is shown and the exit code is 2', async () => {
  const cwd = tmpdir();
  const { version } = JSON.parse(readFileSync(join(BIN, '..', '..', 'package.json'), 'utf8'));
  assert.deepEqual(await pitwall(['--version'], { cwd }), { status: 0, stdout: `pitwall ${version}\n`, stderr: '' });
  const help = await pitwall(['--help'], { cwd });
  assert.equal(help.status, 0);
  for (const command of COMMANDS) assert.match(help.stdout, new RegExp(`^  ${command} +\\S`, 'm'));
  const bare = await pitwall([], { cwd });
  assert.equal(bare.status, 2);
  assert.equal(bare.stdout, help.stdout);
});

test('every command has help with examples that fits 80 columns', async () => {
  for (const command of COMMANDS) {
    const { status, stdout, stderr } = await pitwall([command, '--help'], { cwd: tmpdir() });
    assert.equal(status, 0, stderr);
    assert.match(stdout, /^Usage: pitwall /);
    assert.match(stdout, /\nExamples:\n {2}pitwall /);
    const wide = stdout.split('\n').filter((line) => line.length > 80);
    assert.deepEqual(wide, [], command);
  }
});

test('mistakes in the command line are one sentence, a hint and exit code 2', async () => {
  const cases: [args: string[], says: RegExp][] = [
    [['chekc'], /^pitwall: There is no command chekc; did you mean check\?\n/],
    [['check', '--jsno'], /^pitwall: There is no flag --jsno; did you mean --json\?\n/],
    [['check', '--config'], /^pitwall: --config needs a value \(FILE\)\.\n/],
    [['check', '--json=yes'], /^pitwall: --json takes no value\.\n/],
    [['check', 'extra'], /^pitwall: pitwall check does not take extra\.\n/],
    [['apply'], /^pitwall: pitwall apply needs PLAN\.json\.\n/],
    [['--json', 'check'], /^pitwall: Flags come after the command/],
    [['init', 'ftp://example.org'], /is not an http or https URL/],
    [['explain', 'sqlite/missing-indx'], /did you mean sqlite\/missing-index\?/],
    [['schema', 'nonsense'], /There is no schema nonsense: there are config, scenario and report\.\n/],
    [['schema', 'scenaro'], /There is no schema scenaro: did you mean scenario\?\n/],
    [['load', '--url', 'http://127.0.0.1:1', '--users', 'many'], /--users many: expected a whole number/],
  ];
  await inFolder(async (cwd) => {
    for (const [args, says] of cases) {
      const { status, stdout, stderr } = await pitwall(args, { cwd });
      assert.equal(status, 2, `${args.join(' ')}: ${stderr}`);
      assert.equal(stdout, '');
      assert.match(stderr, says);
      assert.match(stderr, /\nhint: .+\n$/);
      assert.doesNotMatch(stderr, /\n\s+at /);
    }
  });
});

test('an older Node is told so in one sentence, exit code 2', () => {
  const pretend = 'data:text/javascript,Object.defineProperty(process.versions,"node",{value:"20.11.1"})';
  const { status, stdout, stderr } = spawnSync(process.execPath, ['--import', pretend, BIN, '--version'], {
    encoding: 'utf8',
  });
  assert.deepEqual(
    { status, stdout, stderr },
    { status: 2, stdout: '', stderr: 'pitwall needs Node 24 or newer, and this is Node 20.11.1.\n' },
  );
});

test('list, explain and schema tell what the integrations declare', async () => {
  const cwd = tmpdir();
  const list = JSON.parse((await pitwall(['list', '--json'], { cwd })).stdout) as {
    id: string;
    rules: { id: string }[];
  }[];
  for (const known of ['host', 'http', 'process', 'sqlite'])
    assert.ok(
      list.some(({ id }) => id === known),
      known,
    );
  for (const { rules } of list) {
    for (const { id } of rules) {
      const { status, stdout } = await pitwall(['explain', id], { cwd });
      assert.equal(status, 0);
      assert.match(stdout, /\nWhy\n/);
      assert.match(stdout, /\nSources\n {2}\S/);
      assert.deepEqual(
        stdout.split('\n').filter((line) => line.length > 80 && !line.includes('http')),
        [],
      );
    }
  }
  for (const which of ['config', 'scenario', 'report']) {
    const schema = JSON.parse((await pitwall(['schema', which], { cwd })).stdout) as { $schema?: string };
    assert.match(schema.$schema ?? '', /json-schema/);
  }
});

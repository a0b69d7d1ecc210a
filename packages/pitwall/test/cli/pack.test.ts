import assert from 'node:assert/strict';
import { spawn, spawnSync } from 'node:child_process';
import { existsSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, test } from 'node:test';

const root = join(import.meta.dirname, '..', '..', '..', '..');
const folder = mkdtempSync(join(tmpdir(), 'pitwall-pack-'));
after(() => rmSync(folder, { recursive: true, force: true }));

function run(command: string, args: readonly string[], cwd: string): string {
  const result = spawnSync(command, args, { cwd, encoding: 'utf8', timeout: 240_000 });
  assert.equal(result.status, 0, `${command} ${args.join(' ')}\n${result.stdout}\n${result.stderr}`);
  return result.stdout;
}

test('npm pack, installed into an empty folder, runs pitwall demo there', { timeout: 400_000 }, async () => {
  run(process.execPath, ['scripts/build.ts'], root);
  const packed = ['packages/pitwall', 'packages/kit'].map((path) => {
    const [{ filename, files }] = JSON.parse(
      run('npm', ['pack', '--json', '--silent', '--pack-destination', folder], join(root, path)),
    );
    assert.ok(
      !files.some(({ path: file }: { path: string }) => /\.test\.|fixtures|(^|\/)src\//.test(file)),
      `${path} publishes tests or sources`,
    );
    assert.ok(files.some(({ path: file }: { path: string }) => file === 'LICENSE'));
    return join(folder, filename);
  });
  const app = join(folder, 'app');
  mkdirSync(app);
  writeFileSync(join(app, 'package.json'), '{ "name": "app", "private": true, "type": "module" }');
  run('npm', ['install', '--prefer-offline', '--no-audit', '--no-fund', '--silent', ...packed], app);

  const bin = join(app, 'node_modules', 'pitwall', 'bin', 'pitwall.js');
  assert.match(run(process.execPath, [bin, '--version'], app), /^pitwall \d+\.\d+\.\d+\n$/);
  run(
    process.execPath,
    ['-e', "import('@pitwall/kit').then((kit) => { if (typeof kit.applyPragmas !== 'function') process.exit(1); })"],
    app,
  );

  const directory = join(app, 'demo');
  const child = spawn(process.execPath, [bin, 'demo', '--directory', directory, '--json', '--quiet'], {
    cwd: app,
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  let stdout = '';
  let stderr = '';
  child.stdout.on('data', (chunk) => {
    stdout += chunk;
  });
  child.stderr.on('data', (chunk) => {
    stderr += chunk;
  });
  const status = await new Promise((resolve) => child.once('close', resolve));
  // 3: the machine was too busy for the load to be valid, which is for the load's own tests to judge.
  assert.ok(status === 0 || status === 3, `${status}: ${stderr}`);
  const report = JSON.parse(stdout) as {
    outcomes: { decision: string }[];
    load: { sent: number; ok: number };
    loadBefore: { sent: number; ok: number };
  };
  assert.ok(
    report.outcomes.some(({ decision }) => decision === 'kept'),
    stdout.slice(0, 2_000),
  );
  for (const load of [report.loadBefore, report.load]) assert.ok(load.sent > 0 && load.ok > 0, JSON.stringify(load));
  assert.ok(existsSync(join(directory, 'report.html')));
  assert.match(
    run(process.execPath, [bin, 'apply', 'plan-1.json', '--dry-run'], directory),
    /CREATE INDEX/,
    'the plan is one that apply reads',
  );
  assert.equal(serviceProcesses(directory).length, 0, 'the demo left a process behind');
});

/** Pids of processes with the folder in their command line. */
function serviceProcesses(directory: string): string[] {
  return readdirSync('/proc').filter((pid) => {
    if (!/^\d+$/.test(pid)) return false;
    try {
      return readFileSync(`/proc/${pid}/cmdline`, 'utf8').includes(directory);
    } catch {
      return false;
    }
  });
}

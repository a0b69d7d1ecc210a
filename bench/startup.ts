/**
 * Time from starting the process to its end for `--version`, `--help` and `check --help`, from the built bundle, against
 * `node -e 0` in the same rounds. Median of 20 interleaved rounds. The bar: ≤ 100 ms each.
 */
import { spawnSync } from 'node:child_process';
import { cpSync, existsSync, mkdirSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { median, table } from './table.ts';

const root = join(import.meta.dirname, '..');
const tool = join(root, 'packages', 'pitwall');
const ROUNDS = 20;
const BAR_MS = 100;

spawnSync(process.execPath, ['scripts/build.ts'], { cwd: root, stdio: 'inherit' });
if (!existsSync(join(tool, 'dist', 'main.js'))) throw new Error('the bundle was not built');

// As published: without the sources beside it, so that the bundle is what runs.
const folder = mkdtempSync(join(tmpdir(), 'pitwall-startup-'));
const installed = join(folder, 'node_modules', 'pitwall');
mkdirSync(installed, { recursive: true });
for (const part of ['bin', 'dist', 'package.json'])
  cpSync(join(tool, part), join(installed, part), { recursive: true });
const bin = join(installed, 'bin', 'pitwall.js');

const commands: Record<string, string[]> = {
  'node -e 0': ['-e', '0'],
  'pitwall --version': [bin, '--version'],
  'pitwall --help': [bin, '--help'],
  'pitwall check --help': [bin, 'check', '--help'],
};
const times = new Map<string, number[]>(Object.keys(commands).map((name) => [name, []]));
try {
  for (const args of Object.values(commands)) spawnSync(process.execPath, args); // fills the compile cache
  for (let round = 0; round < ROUNDS; round++) {
    for (const [name, args] of Object.entries(commands)) {
      const started = performance.now();
      const { status, stderr } = spawnSync(process.execPath, args);
      if (status !== 0) throw new Error(`${name}: ${stderr}`);
      times.get(name)!.push(performance.now() - started);
    }
  }
} finally {
  rmSync(folder, { recursive: true, force: true });
}
const bare = median(times.get('node -e 0')!);
table(
  ['command', 'median ms', '× node -e 0', `≤ ${BAR_MS} ms`],
  [...times].map(([name, of]) => [
    name,
    median(of).toFixed(1),
    (median(of) / bare).toFixed(2),
    median(of) <= BAR_MS ? 'yes' : 'NO',
  ]),
);
// `node -e 0` is there to compare with, not to be judged.
const [, ...ours] = times.values();
if (ours.some((of) => median(of) > BAR_MS)) process.exitCode = 1;

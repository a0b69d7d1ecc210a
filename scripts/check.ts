/** What has to be true before tests are worth running: types, lint and format, architecture, dead code. `npm run check`. */
import { spawn } from 'node:child_process';
import { join } from 'node:path';

const root = join(import.meta.dirname, '..');
const bin = (name: string) => join(root, 'node_modules', '.bin', name);

const checks: Record<string, [string, ...string[]]> = {
  types: [bin('tsc'), '--noEmit', '-p', '.'],
  'lint and format': [bin('biome'), 'check', '--error-on-warnings', '.'],
  architecture: [process.execPath, '--test', '--test-reporter=dot', 'packages/pitwall/test/architecture.test.ts'],
  'dead code': [bin('knip'), '--no-progress'],
};

const results = await Promise.all(
  Object.entries(checks).map(
    ([name, [command, ...args]]) =>
      new Promise<boolean>((resolve) => {
        const child = spawn(command, args, { cwd: root, stdio: ['ignore', 'pipe', 'pipe'] });
        let output = '';
        child.stdout.on('data', (chunk) => {
          output += chunk;
        });
        child.stderr.on('data', (chunk) => {
          output += chunk;
        });
        child.once('close', (code) => {
          console.log(`${code === 0 ? 'ok  ' : 'FAIL'} ${name}`);
          if (code !== 0) console.log(output);
          resolve(code === 0);
        });
      }),
  ),
);
process.exit(results.every(Boolean) ? 0 : 1);

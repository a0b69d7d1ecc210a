/**
 * Runs Pitwall on programs that nobody here wrote, where they are installed: sets each up in a temporary folder on free
 * loopback ports, runs init → check → load → plan → apply → rollback, and prints what came of it. Needs Node 24:
 *
 *   npx node scripts/real-applications.ts                    all of them
 *   npx node scripts/real-applications.ts minidlna --json    one, as JSON
 *   npx node scripts/real-applications.ts fossil --keep      leaves its folder (configuration, plan, store) for a look
 */
import { chmodSync, existsSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { fossil } from '../packages/pitwall/test/real/fossil.ts';
import { type Application, end, isRunning, type Result, runLoop } from '../packages/pitwall/test/real/loop.ts';
import { minidlna } from '../packages/pitwall/test/real/minidlna.ts';
import { nginx } from '../packages/pitwall/test/real/nginx.ts';
import { summaryOf } from '../packages/pitwall/test/real/summary.ts';

const APPLICATIONS: readonly Application[] = [minidlna, fossil, nginx];

const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: { json: { type: 'boolean', default: false }, keep: { type: 'boolean', default: false } },
});
const unknown = positionals.filter((name) => !APPLICATIONS.some(({ id }) => id === name));
if (unknown.length > 0) {
  console.error(`unknown: ${unknown.join(', ')}; there are: ${APPLICATIONS.map(({ id }) => id).join(', ')}`);
  process.exit(2);
}
const say = (text: string) => console.error(text);

async function resultOf(application: Application): Promise<Result> {
  const missing = Object.entries(application.needs).filter(([file]) => !existsSync(file));
  if (missing.length > 0) {
    const packages = missing.map(([file, name]) => `${file} (Debian package ${name})`).join(', ');
    return { application: application.id, skipped: `not installed: ${packages}` };
  }
  const startedAt = performance.now();
  const folder = mkdtempSync(join(tmpdir(), `pitwall-${application.id}-`));
  // The workers of a server that is started as root give up their rights.
  chmodSync(folder, 0o755);
  let pids: () => readonly number[] = () => [];
  const cleanUp = async (): Promise<void> => {
    await end(pids());
    if (values.keep) say(`${application.id}: kept ${folder}`);
    else rmSync(folder, { recursive: true, force: true });
  };
  const interrupted = () => void cleanUp().finally(() => process.exit(130));
  process.once('SIGINT', interrupted).once('SIGTERM', interrupted);
  try {
    say(`${application.id}: setting up in ${folder}`);
    const running = await application.start(folder, (find) => {
      pids = find;
    });
    const done = await runLoop(application, running, folder, say);
    const seen = pids();
    await end(seen);
    return {
      application: application.id,
      skipped: null,
      version: await application.version(),
      ...done,
      stillRunning: seen.filter(isRunning),
      seconds: (performance.now() - startedAt) / 1000,
    };
  } finally {
    process.off('SIGINT', interrupted).off('SIGTERM', interrupted);
    await cleanUp();
  }
}

const results: Result[] = [];
for (const application of APPLICATIONS) {
  if (positionals.length > 0 && !positionals.includes(application.id)) continue;
  results.push(await resultOf(application));
}
process.stdout.write(values.json ? `${JSON.stringify(results, null, 2)}\n` : summaryOf(results));
process.exitCode = results.some(({ complaints }) => complaints && complaints.length > 0) ? 1 : 0;

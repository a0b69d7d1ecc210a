import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import type { Report } from '../../src/model/report.ts';
import type { SearchResult } from '../../src/model/search.ts';
import { type CliOptions, type Ended, pitwall } from './support.ts';

/** Runs `work` while a service with a known capacity serves; see search-server.ts. */
export async function withService<T>(service: readonly string[], work: (url: string) => Promise<T>): Promise<T> {
  const child = spawn(process.execPath, [join(import.meta.dirname, 'search-server.ts'), ...service], {
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  try {
    const [port] = (await once(child.stdout!, 'data')) as [Buffer];
    return await work(`http://127.0.0.1:${String(port).trim()}`);
  } finally {
    child.kill('SIGKILL');
    await once(child, 'exit');
  }
}

export interface Searched extends Ended {
  readonly report: Report;
  readonly search: SearchResult;
}

/** `pitwall load --search --json` with steps as short as they may be. */
export async function search(url: string, flags: readonly string[], options: CliOptions): Promise<Searched> {
  const fixed = ['--search', '--url', url, '--step-duration', '3s', '--warmup', '500ms', '--json'];
  const ended = await pitwall(['load', ...fixed, ...flags], options);
  const report = JSON.parse(ended.stdout || 'null') as Report;
  return { ...ended, report, search: report?.search as SearchResult };
}

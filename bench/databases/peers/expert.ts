/**
 * `.expert` of Debian's sqlite3: each statement is given to it, with the values of its first set written into it, and all that it
 * proposes is taken together, as it has no advice for a workload. https://sqlite.org/cli.html#index_recommendations_sqlite_expert_
 */
import { execFileSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import type { Peer } from '../types.ts';
import { inlined } from '../workload-file.ts';
import { ddlIn } from './ddl.ts';

const PROGRAM = '/usr/bin/sqlite3';

export const expert: Peer = {
  name: '.expert',
  engines: ['sqlite'],
  absent: () => (existsSync(PROGRAM) ? null : 'sqlite3 is not installed'),
  async propose({ engine, statements }) {
    const copy = await engine.copy('expert_asks');
    try {
      const input = statements
        .map(({ text, params }) => `.expert\n${inlined(text, params[0]!).replace(/\s+/g, ' ')};\n`)
        .join('');
      const output = execFileSync(PROGRAM, ['-batch', copy.location], { input, encoding: 'utf8', maxBuffer: 2 ** 26 });
      return { ddl: ddlIn(output), advice: null };
    } finally {
      await copy.remove();
    }
  },
};

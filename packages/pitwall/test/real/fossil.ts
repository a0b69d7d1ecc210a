import { join } from 'node:path';
import { freePort } from '../support/free-port.ts';
import { type Application, must, serve, until } from './loop.ts';
import { dice } from './material.ts';

const FOSSIL = '/usr/bin/fossil';
const COMMITS = 2_000;
const TICKETS = 100;

/** Fossil: a version control system whose web server opens its SQLite repository anew for each request. */
export const fossil: Application = {
  id: 'fossil',
  needs: { [FOSSIL]: 'fossil' },
  version: async () => (await must(FOSSIL, ['version'], { cwd: '/' })).trim(),

  async start(folder, started) {
    const repository = join(folder, 'repository.fossil');
    const options = { cwd: folder, env: { HOME: folder, USER: 'pitwall' } };
    await must(FOSSIL, ['import', '--git', repository], { ...options, input: history() });
    for (let ticket = 0; ticket < TICKETS; ticket++) {
      const fields = { title: `Ticket ${ticket}`, status: ticket % 3 ? 'Open' : 'Closed', type: 'Code_Defect' };
      await must(FOSSIL, ['ticket', 'add', '-R', repository, ...Object.entries(fields).flat()], options);
    }
    const port = await freePort();
    const args = ['server', repository, '--port', String(port), '--localhost'];
    const child = serve(FOSSIL, args, folder, options.env);
    started(() => (child.pid === undefined ? [] : [child.pid]));
    const url = `http://127.0.0.1:${port}`;
    await until(async () => (await fetch(`${url}/timeline`)).ok, 'the start of fossil', 20);
    return {
      url,
      database: repository,
      contents: { commits: COMMITS, tickets: TICKETS },
      queries: QUERIES,
      endpoints: [{ path: '/timeline' }, { path: '/rptview?rn=1' }, { path: '/dir?ci=tip' }, { path: '/brlist' }],
      control: null,
    };
  },
};

/** A stream as `git fast-export` writes it. */
function history(): string {
  const roll = dice(1);
  const parts: string[] = [];
  const folders = ['src', 'doc', 'lib', 'test', 'www'];
  for (let commit = 1; commit <= COMMITS; commit++) {
    const body = `file ${commit}\n${Array.from({ length: 20 }, () => `line ${roll(1_000_000)} of work\n`).join('')}`;
    const message = `Change ${commit}: part ${roll(500)} of module ${roll(40)}\n`;
    const mark = commit * 2;
    parts.push(
      `blob\nmark :${mark - 1}\ndata ${body.length}\n${body}\ncommit refs/heads/master\nmark :${mark}\n`,
      `committer dev${roll(25)} <dev@example.invalid> ${1_500_000_000 + commit * 3000} +0000\n`,
      `data ${message.length}\n${message}${commit > 1 ? `from :${mark - 2}\n` : ''}`,
      `M 100644 :${mark - 1} ${folders[roll(5)]}/f${roll(200)}.txt\n\n`,
    );
  }
  return parts.join('');
}

/** As `fossil test-http --sqltrace` prints them; of those, statements that need none of Fossil's own functions. */
const QUERIES: Readonly<Record<string, string>> = {
  'tip-of-branch':
    "SELECT objid FROM (SELECT objid FROM (SELECT * FROM event ORDER BY mtime DESC LIMIT 30) AS ex WHERE type GLOB 'ci' AND EXISTS(SELECT 1 FROM tagxref, tag WHERE tag.tagname='sym-trunk' AND tagxref.tagid=tag.tagid AND tagxref.tagtype>0 AND tagxref.rid=ex.objid) ORDER BY mtime DESC LIMIT 1) UNION ALL SELECT * FROM (SELECT event.objid FROM tag, tagxref, event WHERE tag.tagname='sym-trunk' AND tagxref.tagid=tag.tagid AND tagxref.tagtype>0 AND event.objid=tagxref.rid AND event.type GLOB 'ci' ORDER BY event.mtime DESC LIMIT 1) LIMIT 1",
  'newer-check-ins':
    "SELECT EXISTS (SELECT 1 FROM event CROSS JOIN blob WHERE blob.rid=event.objid AND mtime>=2458261.111122685 AND event.type='ci')",
};

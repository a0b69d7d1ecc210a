import { join } from 'node:path';
import { defineCollector } from '../../../model/define.ts';
import type { Fact, Gap, Sample } from '../../../model/observation.ts';
import { processDescription } from '../../_proc/describe.ts';
import { namesIn, notMeasurable, textOf } from '../../_proc/read.ts';
import { sample } from '../../_proc/window.ts';
import type { ProcessConnection } from '../connection.ts';

/** Facts for more processes than this help nobody; the sums still cover all of them. */
const MAX_FACTS = 200;

/** Limits of open files; null is unlimited, undefined that the text does not say. Format: proc_pid_limits(5). */
export function parseFileLimits(
  limits: string,
): { readonly soft: number | null; readonly hard: number | null } | undefined {
  const match = /^Max open files\s+(\d+|unlimited)\s+(\d+|unlimited)/m.exec(limits);
  if (!match) return undefined;
  const [soft, hard] = [match[1]!, match[2]!].map((text) => (text === 'unlimited' ? null : Number(text)));
  return { soft: soft ?? null, hard: hard ?? null };
}

/** Which processes there are (fact `process.instance`), and how near each is to its limit of open files. */
export const instances = defineCollector<ProcessConnection>({
  id: 'instances',
  title: 'Processes of the service and their open files',
  kind: 'collector',
  timeLimit: 10,
  watchesLoad: true,
  async collect(connection, { environment }) {
    const { proc } = environment;
    const found = await connection.current(environment);
    if (typeof found === 'string') return { gaps: [notMeasurable('process.instance', found)] };
    const facts: Fact[] = [];
    const gaps: Gap[] = [];
    let open = 0;
    let hidden = 0;
    let worst: number | null = null;
    for (const member of found.members) {
      const { pid } = member;
      const description = facts.length < MAX_FACTS ? await processDescription(proc, pid, found.table) : null;
      const [names, limitText] = await Promise.all([
        namesIn(join(proc, String(pid), 'fd')),
        textOf(join(proc, String(pid), 'limits')),
      ]);
      const limits = limitText === null ? undefined : parseFileLimits(limitText);
      if (description) {
        const value = {
          pid,
          parent: member.parent,
          root: found.roots.includes(pid),
          ...description,
          threads: member.threads,
          openFiles: names?.length ?? null,
          openFilesSoftLimit: limits?.soft ?? null,
          openFilesHardLimit: limits?.hard ?? null,
        };
        facts.push({ kind: 'process.instance', key: String(pid), value });
      }
      // A process without limits has ended meanwhile (they are readable for all): that is no gap.
      if (limitText === null || member.state === 'Z') continue;
      if (names === null || limits === undefined) {
        hidden++;
        continue;
      }
      open += names.length;
      if (limits.soft) worst = Math.max(worst ?? 0, names.length / limits.soft);
    }
    if (found.members.length > MAX_FACTS) {
      gaps.push({ what: 'process.instance', why: `only the first ${MAX_FACTS} of ${found.members.length} are listed` });
    }
    if (found.members.some((member) => member.name === 'docker-proxy')) {
      gaps.push(
        notMeasurable('process', 'the port is forwarded by docker-proxy; name the service in the container by `match`'),
      );
    }
    const samples: Sample[] = [];
    const at = environment.now();
    if (hidden > 0) {
      const why = `open files of ${hidden} of ${found.members.length} processes may not be listed by this user`;
      gaps.push(notMeasurable('process.fd', why));
    } else {
      samples.push(sample('process.fd.count', at, open));
      if (worst === null) gaps.push(notMeasurable('process.fd.utilization', 'no process has a limit of open files'));
      else samples.push(sample('process.fd.utilization', at, worst));
    }
    return { samples, facts, gaps };
  },
});

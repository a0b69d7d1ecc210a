import { defineRule } from '../../../model/define.ts';
import { factsOf } from '../facts/define.ts';
import { wordOf } from '../settings/judging.ts';
import { adviseSetting, settingEvidence } from './setting-change.ts';

const WHAT: Readonly<Record<string, string>> = {
  fsync: 'fsync is off: after a crash of the machine the whole cluster may be unusable',
  full_page_writes: 'full_page_writes is off: a page that was half written at a crash stays broken',
};

export const fsyncOff = defineRule({
  id: 'postgresql/fsync-off',
  meta: {
    title: 'A crash would damage the data',
    why: 'The server does not make sure that what it writes reaches the disk whole and in order. It is faster so, and a power failure or a crash of the machine can leave data that cannot be repaired, often found out much later. This is never a way to make it fast.',
    sources: [
      {
        title: 'PostgreSQL: fsync, full_page_writes',
        url: 'https://www.postgresql.org/docs/current/runtime-config-wal.html#GUC-FSYNC',
      },
    ],
    needs: { facts: ['postgresql.setting'] },
    doesNotApplyWhen:
      'Never for data that matters. A cluster for tests that is made anew each time may have it so: then switch this rule off. full_page_writes may be off on a file system that never writes half a page (ZFS).',
    confirmedBy: 'pg_settings.',
    thresholds: {},
  },

  evaluate(view) {
    const settings = factsOf(view, 'postgresql.setting');
    const off = Object.keys(WHAT).filter((name) => wordOf(settings, name) === 'off');
    if (off.length === 0) return { clear: 'what is committed is on the disk, whole' };
    return {
      found: off.map((name) => ({
        subject: name,
        summary: WHAT[name]!,
        severity: 'critical' as const,
        confidence: 'high' as const,
        evidence: settingEvidence(settings.get(name)!),
        advice: adviseSetting(
          settings.get(name),
          name,
          'on',
          'Switch it on. Where commits are too slow, synchronous_commit = off for single transactions loses the last moments at a crash, and damages nothing.',
        ),
      })),
    };
  },
});

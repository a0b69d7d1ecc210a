import { defineRule } from '../../../model/define.ts';
import { either } from '../../../model/plural.ts';
import { factsOf } from '../facts/define.ts';
import { mostMemory, numberOf } from '../settings/judging.ts';
import { shareText, sizeText } from './schema-view.ts';
import { adviseSetting, SETTINGS_MANUAL } from './setting-change.ts';

const FROM = { cgroup: 'its cgroup’s limit', host: 'the host', option: 'the option `machine`' };

export const memoryOvercommitted = defineRule({
  id: 'postgresql/memory-overcommitted',
  meta: {
    title: 'The server may come to take more memory than there is',
    why: 'Shared buffers are taken once, and work_mem by each sort and hash of each session. When all connections are busy at once the sum may pass the memory, or the limit of the container; then the kernel ends a process, and with it every session.',
    sources: [SETTINGS_MANUAL, { title: 'postgresqltuner', url: 'https://github.com/jfcoz/postgresqltuner' }],
    needs: { facts: ['postgresql.setting', 'postgresql.machine'] },
    uses: { facts: ['postgresql.waits', 'postgresql.connections'] },
    doesNotApplyWhen:
      'The memory of the server is not known: it runs on another host, and the option `machine` does not say it.',
    confirmedBy: 'pg_settings, and the memory of the host or the limit of the server’s cgroup.',
    thresholds: {
      bad: {
        value: 1,
        unit: '1',
        source: 'postgresqltuner: shared_buffers + max_connections × work_mem × 1.5 above the memory is bad.',
      },
      warn: { value: 0.8, unit: '1', source: 'postgresqltuner: above 80 % it warns.' },
    },
  },

  evaluate(view) {
    const machine = factsOf(view, 'postgresql.machine').get('')!;
    const settings = factsOf(view, 'postgresql.setting');
    const most = mostMemory(settings);
    if (machine.memory === null)
      return { notApplicable: 'the memory of the server is not known: the option `machine` can say it' };
    if (most === null) return { notApplicable: 'shared_buffers, work_mem or max_connections could not be read' };
    const part = most / machine.memory;
    if (part <= view.threshold('warn')) {
      return { clear: `at most ${sizeText(most)} of ${sizeText(machine.memory)} are taken (${shareText(part)})` };
    }
    const [connections, work] = [numberOf(settings, 'max_connections')!, numberOf(settings, 'work_mem')!];
    const shared = numberOf(settings, 'shared_buffers')!;
    const room = view.threshold('warn') * machine.memory - shared;
    const fewer = Math.floor(room / (1.5 * work));
    const peak = factsOf(view, 'postgresql.waits').get('')?.peakSessions ?? null;
    return {
      found: [
        {
          subject: 'memory',
          summary: `with ${either(connections, 'its one connection', `all ${connections} connections`)} busy the server may take ${sizeText(most)} of ${sizeText(machine.memory)} (${shareText(part)}, by ${FROM[machine.memoryFrom!]})`,
          severity: part > view.threshold('bad') ? ('warning' as const) : ('info' as const),
          confidence: 'medium' as const,
          evidence: [
            { label: 'shared_buffers', value: shared, unit: 'By' },
            { label: 'max_connections', value: connections },
            { label: 'work_mem', value: work, unit: 'By' },
            { label: 'memory', value: machine.memory, unit: 'By' },
            ...(peak === null ? [] : [{ label: 'most sessions seen in this run', value: peak }]),
          ],
          advice:
            room <= 0
              ? adviseSetting(
                  settings.get('shared_buffers'),
                  'shared_buffers',
                  `${Math.max(16, Math.floor(machine.memory / 4 / 2 ** 20))}MB`,
                  'Shared buffers alone take too much: a quarter of the memory is usual, and more than 40 % hardly ever helps.',
                )
              : adviseSetting(
                  settings.get('max_connections'),
                  'max_connections',
                  String(Math.max(20, fewer)),
                  `Allow fewer connections, with a pool in front of them (${fewer} fit, after a restart), or less work_mem for all and more for the statements that need it (SET LOCAL).`,
                ),
        },
      ],
    };
  },
});

import { defineRule } from '../../../model/define.ts';
import type { Fact } from '../../../model/observation.ts';
import { percent } from '../../_proc/rule-view.ts';

/** The parts of a `process.instance` fact that this rule reads. */
interface Instance {
  readonly pid: number;
  readonly name: string;
  readonly systemdUnit: string | null;
  readonly open: number;
  readonly soft: number;
  readonly hard: number | null;
}

export const fdLimitNear = defineRule({
  id: 'process/fd-limit-near',
  meta: {
    title: 'A process is close to its limit of open files',
    why: 'Every connection, file and pipe takes a file descriptor. At the limit, accept() and open() fail: new clients are turned away while the service looks healthy. It comes suddenly, because descriptors grow with traffic.',
    sources: [
      { title: 'getrlimit(2), RLIMIT_NOFILE', url: 'https://man7.org/linux/man-pages/man2/getrlimit.2.html' },
      {
        title: 'systemd.exec, LimitNOFILE',
        url: 'https://www.freedesktop.org/software/systemd/man/latest/systemd.exec.html',
      },
      {
        title: 'node_exporter mixin: NodeFileDescriptorLimit',
        url: 'https://github.com/prometheus/node_exporter/blob/master/docs/node-mixin/alerts/alerts.libsonnet',
      },
    ],
    needs: { facts: ['process.instance'] },
    doesNotApplyWhen:
      'The process has no limit, or holds a fixed number of descriptors by design (a pool sized to the limit that refuses politely).',
    confirmedBy:
      'Counting the open descriptors of each process against its own soft limit; a second count under load shows growth.',
    thresholds: {
      warning: {
        value: 0.7,
        unit: 'share of the soft limit',
        source: 'node_exporter mixin, NodeFileDescriptorLimit (of the whole machine): 70 %',
      },
      critical: {
        value: 0.9,
        unit: 'share of the soft limit',
        source: 'node_exporter mixin, NodeFileDescriptorLimit (of the whole machine): 90 %',
      },
    },
  },
  evaluate(view) {
    const instances = view.facts('process.instance').map(instanceOf);
    const limited = instances.filter((instance) => instance !== null);
    if (limited.length === 0) {
      return { notApplicable: 'No process with both a limit of open files and a readable count was seen.' };
    }
    const near = limited.filter(({ open, soft }) => open / soft >= view.threshold('warning'));
    if (near.length === 0) {
      const fullest = limited.reduce((most, next) => (next.open / next.soft > most.open / most.soft ? next : most));
      const unseen = instances.length - limited.length;
      return {
        clear: `The fullest process (${fullest.name}, ${fullest.pid}) has ${fullest.open} of ${fullest.soft} descriptors open (${percent(fullest.open / fullest.soft)})${unseen > 0 ? `; ${unseen} more could not be counted` : ''}.`,
      };
    }
    return {
      found: near.map((instance) => {
        const share = instance.open / instance.soft;
        const critical = share >= view.threshold('critical');
        return {
          // Pids change with each restart; the name is what a finding can be followed by.
          subject:
            near.filter(({ name }) => name === instance.name).length > 1
              ? `${instance.name} (${instance.pid})`
              : instance.name,
          summary: `${instance.name} (process ${instance.pid}) has ${instance.open} of ${instance.soft} file descriptors open (${percent(share)}).`,
          severity: critical ? ('critical' as const) : ('warning' as const),
          confidence: 'high' as const,
          evidence: [
            { label: 'Open file descriptors', value: instance.open },
            { label: 'Soft limit', value: instance.soft },
            { label: 'Hard limit', value: instance.hard ?? 'unlimited' },
          ],
          impact: {
            indicator: 'process.fd.utilization.max',
            labels: {},
            text: `${instance.soft - instance.open} more connections or files, then new ones fail.`,
          },
          advice: adviceFor(instance),
        };
      }),
    };
  },
});

function instanceOf({ value }: Fact): Instance | null {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) return null;
  const { pid, name, systemdUnit, openFiles, openFilesSoftLimit, openFilesHardLimit } = value as Record<
    string,
    unknown
  >;
  if (typeof pid !== 'number' || typeof openFiles !== 'number' || typeof openFilesSoftLimit !== 'number') return null;
  if (openFilesSoftLimit <= 0) return null;
  return {
    pid,
    name: typeof name === 'string' ? name : String(pid),
    systemdUnit: typeof systemdUnit === 'string' ? systemdUnit : null,
    open: openFiles,
    soft: openFilesSoftLimit,
    hard: typeof openFilesHardLimit === 'number' ? openFilesHardLimit : null,
  };
}

/**
 * Proposes twice of today's use and at least 65536, a common soft limit for services. Never `infinity`: programs that visit all
 * possible descriptors then take minutes or gigabytes (containerd #9660, home-assistant/operating-system #2476).
 */
function adviceFor({ name, systemdUnit, open, soft, hard }: Instance): { text: string; code: string } {
  const wanted = Math.max(65536, 2 ** Math.ceil(Math.log2(open * 2)));
  const leak =
    'First see whether the count falls when the traffic does: if it only ever grows, descriptors leak, and a higher limit delays the failure without preventing it.';
  if (systemdUnit) {
    return {
      text: `${leak} Otherwise raise the limit in a drop-in (\`systemctl edit ${systemdUnit}\`) and restart the service.`,
      code: `[Service]\nLimitNOFILE=${wanted}`,
    };
  }
  const raise = hard !== null && wanted > hard ? ` The hard limit is ${hard}: raising beyond it needs root.` : '';
  return {
    text: `${leak} Otherwise start ${name} with a higher limit than ${soft}.${raise}`,
    code: `ulimit -n ${hard === null ? wanted : Math.min(wanted, hard)}`,
  };
}

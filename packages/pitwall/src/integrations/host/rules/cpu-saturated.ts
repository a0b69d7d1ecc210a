import { defineRule } from '../../../model/define.ts';
import type { Advice, Evidence, FindingDraft, RuleView } from '../../../model/rule.ts';
import { evidenceOf, measuredValue, percent } from '../../_proc/rule-view.ts';

interface Measured {
  readonly utilization: number;
  readonly steal: number | null;
  readonly pressure: number | null;
  readonly waiting: number | null;
}

export const cpuSaturated = defineRule({
  id: 'host/cpu-saturated',
  meta: {
    title: 'Work waits for a CPU',
    why: 'A task that is ready and has no CPU waits, and every request that needs it waits with it. How busy the CPUs are does not tell: 85 % with nobody waiting is good use, 60 % with a queue on one core is not. So waiting decides, and use explains.',
    sources: [
      { title: 'Linux: pressure stall information', url: 'https://docs.kernel.org/accounting/psi.html' },
      { title: 'Linux: scheduler statistics', url: 'https://docs.kernel.org/scheduler/sched-stats.html' },
      { title: 'psi-notify: default thresholds', url: 'https://github.com/cdown/psi-notify' },
      {
        title: 'node_exporter mixin: NodeSystemSaturation',
        url: 'https://github.com/prometheus/node_exporter/blob/master/docs/node-mixin/alerts/alerts.libsonnet',
      },
      {
        title: 'Awesome Prometheus alerts: HostCpuStealNoisyNeighbor',
        url: 'https://samber.github.io/awesome-prometheus-alerts/rules.html',
      },
    ],
    needs: { indicators: ['host.cpu.utilization.mean'] },
    doesNotApplyWhen:
      'No task waits, however busy the CPUs are. Batch hosts, where waiting work is the purpose, should raise the thresholds.',
    confirmedBy:
      'Pressure (PSI) or run-queue waiting over our own window. Where the kernel keeps neither, only use is known and the finding has low confidence.',
    thresholds: {
      pressure: {
        value: 0.5,
        unit: 'share of the window with at least one task waiting',
        source: 'psi-notify, default for CPU "some": 50 %',
      },
      waitingPerCpu: {
        value: 1,
        unit: 'tasks waiting per CPU',
        source:
          'node_exporter mixin, NodeSystemSaturation: load above 2 per CPU, that is one waiting for each one running',
      },
      utilization: {
        value: 0.7,
        unit: 'share of CPU time',
        source: 'runbook 000, Performance Targets: CPU usage <70 % (sustained)',
      },
      steal: {
        value: 0.1,
        unit: 'share of CPU time',
        source: 'Awesome Prometheus alerts, HostCpuStealNoisyNeighbor: above 10 %',
      },
    },
  },
  evaluate(view) {
    const utilization = measuredValue(view, 'host.cpu.utilization.mean');
    if (utilization === null) return { notApplicable: 'The use of the CPUs was not measured.' };
    const measured: Measured = {
      utilization,
      steal: measuredValue(view, 'host.cpu.steal.mean'),
      pressure: measuredValue(view, 'host.cpu.pressure.mean'),
      waiting: measuredValue(view, 'host.cpu.run-queue.waiting.mean'),
    };
    const { pressure, waiting } = measured;
    const found: FindingDraft[] = [];
    const stolen = (measured.steal ?? 0) >= view.threshold('steal');
    if (stolen) found.push(stealFinding(view, measured));

    const stalled =
      (pressure !== null && pressure >= view.threshold('pressure')) ||
      (waiting !== null && waiting >= view.threshold('waitingPerCpu'));
    // Steal alone makes tasks wait. The service has a part in it only when its own work would fill the CPUs as well.
    const ownWork = utilization - (measured.steal ?? 0) >= view.threshold('utilization');
    if (stalled && (!stolen || ownWork)) found.push(stallFinding(view, measured));
    if (pressure === null && waiting === null && !stolen && utilization >= view.threshold('utilization')) {
      found.push(useFinding(view, measured));
    }
    return found.length > 0 ? { found } : { clear: clearReason(view, measured) };
  },
});

function clearReason(view: RuleView, { utilization, pressure, waiting }: Measured): string {
  const use = `The CPUs were ${percent(utilization)} busy`;
  if (pressure !== null) {
    return `${use}, and tasks waited for one during ${percent(pressure)} of the window (limit ${percent(view.threshold('pressure'))}): busy CPUs without waiting cost nothing.`;
  }
  if (waiting !== null) {
    return `${use}, and ${waiting.toFixed(2)} tasks per CPU waited (limit ${view.threshold('waitingPerCpu')}).`;
  }
  return `${use}, below ${percent(view.threshold('utilization'))}; whether tasks waited is not measurable here.`;
}

/** The machine has the CPUs on paper only. Named before all else: no change to the service cures it. */
function stealFinding(view: RuleView, measured: Measured): FindingDraft {
  return {
    subject: 'steal',
    summary: `The hypervisor took ${percent(measured.steal!)} of the CPU time for other machines: this one gets less CPU than it shows.`,
    severity: 'warning',
    confidence: 'high',
    evidence: evidence(view),
    impact: impact(measured),
    advice: {
      text: 'Changes to the service do not cure this. Burstable instances steal when their credits are used up: check them. Otherwise ask the provider, move to another physical host, or take an instance with dedicated CPUs. Latency measured meanwhile is not to be trusted.',
    },
  };
}

function stallFinding(view: RuleView, measured: Measured): FindingDraft {
  const { pressure, waiting, utilization } = measured;
  const busy = utilization >= view.threshold('utilization');
  const wait =
    pressure !== null
      ? `Tasks waited for a CPU during ${percent(pressure)} of the window`
      : `${waiting!.toFixed(1)} tasks per CPU waited on average`;
  return {
    subject: busy ? 'host' : 'uneven',
    summary: busy
      ? `${wait}, with the CPUs ${percent(utilization)} busy: they are saturated.`
      : `${wait}, although ${percent(1 - utilization)} of the CPU time was idle: work is bound to few cores, held by a quota, or comes in bursts.`,
    severity: 'warning',
    confidence: busy ? 'high' : 'medium',
    evidence: evidence(view),
    impact: impact(measured),
    advice: busy ? MORE_OR_LESS : UNEVEN,
  };
}

const MORE_OR_LESS: Advice = {
  text: 'Find which process uses the CPU (the process target shows whether it is the service). If it is the service: less work per request first (queries, serialisation, compression level), then as many workers as there are cores, then more cores. If it is something else, move it away or give it a lower CPU weight.',
};
const UNEVEN: Advice = {
  text: 'Look at the busiest core and at the throttling of the cgroup: one core near 100 % means a single thread is the limit (run one worker a core, or move work off that thread); throttled periods mean that the quota is too small; neither means short bursts.',
};

function useFinding(view: RuleView, measured: Measured): FindingDraft {
  return {
    subject: 'host',
    summary: `The CPUs were ${percent(measured.utilization)} busy; whether work waited for them is not measurable here.`,
    severity: 'warning',
    confidence: 'low',
    evidence: evidence(view),
    advice: {
      text: 'Use alone does not show harm. Turn on pressure accounting (kernel parameter psi=1) and measure again before buying or changing anything.',
      code: 'psi=1',
    },
  };
}

function evidence(view: RuleView): Evidence[] {
  return evidenceOf(view, [
    ['CPU use', 'host.cpu.utilization.mean'],
    ['Busiest core', 'host.cpu.busiest.utilization.mean'],
    ['Steal', 'host.cpu.steal.mean'],
    ['Stall for a CPU (PSI some)', 'host.cpu.pressure.mean'],
    ['Tasks waiting per CPU', 'host.cpu.run-queue.waiting.mean'],
    ['Throttled periods', 'host.cgroup.cpu.throttled.ratio.mean'],
  ]);
}

/** Stall is an upper bound of the time lost: tasks that wait need not be the ones that serve requests. */
function impact({ pressure }: Measured): NonNullable<FindingDraft['impact']> {
  return {
    indicator: 'host.cpu.pressure.mean',
    labels: {},
    text:
      pressure === null
        ? 'The time lost to waiting is not measurable here.'
        : `Up to ${percent(pressure)} of the time, work that was ready did not run.`,
  };
}

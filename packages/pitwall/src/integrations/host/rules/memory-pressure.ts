import { defineRule } from '../../../model/define.ts';
import type { FindingDraft, RuleView, Severity } from '../../../model/rule.ts';
import { evidenceOf, measuredValue, percent } from '../../_proc/rule-view.ts';

const ADVICE =
  'See whether the service grows (process target, several runs: a leak) or is sized too large for the machine (workers × memory each, caches, database buffers). Then fewer workers, smaller caches, a memory limit on what is not the service, or more memory. Do not switch swap off to hide it: that turns slowness into kills.';

export const memoryPressure = defineRule({
  id: 'host/memory-pressure',
  meta: {
    title: 'Work waits for memory',
    why: 'When the working set does not fit, tasks stop to reclaim pages or to read back what was just evicted, and latency rises by disk times. In the end the kernel kills a process. Full memory alone is no fault: the kernel fills it with cache on purpose.',
    sources: [
      { title: 'Linux: pressure stall information', url: 'https://docs.kernel.org/accounting/psi.html' },
      { title: 'psi-notify: default thresholds', url: 'https://github.com/cdown/psi-notify' },
      {
        title: 'systemd-oomd: DefaultMemoryPressureLimit',
        url: 'https://www.freedesktop.org/software/systemd/man/latest/oomd.conf.html',
      },
    ],
    needs: { indicators: ['host.memory.utilization.mean'] },
    doesNotApplyWhen: 'Memory is nearly full and no task waits for it: cache and cold pages are good use of memory.',
    confirmedBy:
      'Pressure (PSI) over our own window, or a kill by the kernel within it. Without PSI only use is known and the finding has low confidence.',
    thresholds: {
      pressure: {
        value: 0.1,
        unit: 'share of the window with at least one task waiting',
        source: 'psi-notify, default for memory "some": 10 %',
      },
      stall: {
        value: 0.6,
        unit: 'share of the window with all tasks waiting',
        source: 'systemd-oomd, DefaultMemoryPressureLimit: 60 % of "full", where it starts to kill',
      },
      utilization: {
        value: 0.8,
        unit: 'share of memory',
        source: 'runbook 000, Performance Targets: memory usage <80 %',
      },
    },
  },
  evaluate(view) {
    const use = measuredValue(view, 'host.memory.utilization.mean');
    const some = measuredValue(view, 'host.memory.pressure.mean');
    const full = measuredValue(view, 'host.memory.pressure.full.mean');
    const kills = measuredValue(view, 'host.memory.oom-kills.sum');
    if (use === null) return { notApplicable: 'The use of memory was not measured.' };
    const found: FindingDraft[] = [];
    if (kills !== null && kills > 0) {
      found.push(
        finding(
          view,
          'oom-kill',
          'critical',
          'high',
          `The kernel killed ${kills} process(es) for lack of memory while we measured.`,
        ),
      );
    }
    if (some !== null && some >= view.threshold('pressure')) {
      const critical = full !== null && full >= view.threshold('stall');
      const all = full === null ? '' : `, during ${percent(full)} of it all at once`;
      found.push(
        finding(
          view,
          'host',
          critical ? 'critical' : 'warning',
          'high',
          `Tasks waited for memory during ${percent(some)} of the window${all}.`,
        ),
      );
    } else if (some === null && use >= view.threshold('utilization')) {
      const text = `Memory is ${percent(use)} used; whether work waits for it is not measurable here.`;
      found.push(finding(view, 'host', 'warning', 'low', text));
    }
    return found.length > 0 ? { found } : { clear: clearReason(view, use, some) };
  },
});

function clearReason(view: RuleView, use: number, some: number | null): string {
  const used = `Memory is ${percent(use)} used`;
  return some === null
    ? `${used}, below ${percent(view.threshold('utilization'))}; whether tasks waited is not measurable here.`
    : `${used}, and tasks waited for it during ${percent(some)} of the window (limit ${percent(view.threshold('pressure'))}): full memory without waiting costs nothing.`;
}

function finding(
  view: RuleView,
  subject: string,
  severity: Severity,
  confidence: FindingDraft['confidence'],
  summary: string,
): FindingDraft {
  const some = measuredValue(view, 'host.memory.pressure.mean');
  return {
    subject,
    summary,
    severity,
    confidence,
    evidence: evidenceOf(view, [
      ['Memory use', 'host.memory.utilization.mean'],
      ['Memory available', 'host.memory.available.last'],
      ['Stall on memory (PSI some)', 'host.memory.pressure.mean'],
      ['Complete stall (PSI full)', 'host.memory.pressure.full.mean'],
      ['Major faults', 'host.memory.major-faults.mean'],
      ['Swapped in', 'host.memory.swap-in.mean'],
      ['Read back after eviction', 'host.memory.refaults.mean'],
      ['Out-of-memory kills', 'host.memory.oom-kills.sum'],
    ]),
    ...(some !== null && {
      impact: {
        indicator: 'host.memory.pressure.mean',
        labels: {},
        text: `Up to ${percent(some)} of the time, work that was ready waited for memory.`,
      },
    }),
    advice: { text: ADVICE },
  };
}

import type { IndicatorDefinition } from '../../model/indicator.ts';

/** Indicators over the samples of `cgroupSamples`. `whose` completes "the cgroup …" in the titles. */
export function cgroupIndicators(prefix: string, whose: string): readonly IndicatorDefinition[] {
  const share = (
    name: string,
    title: string,
    description: string,
    limits?: IndicatorDefinition['defaultObjective'],
  ): IndicatorDefinition => ({
    name: `${prefix}.cgroup.${name}.mean`,
    title: `${title} of the cgroup ${whose}`,
    unit: '1',
    direction: 'lower-is-better',
    description,
    from: { sample: `${prefix}.cgroup.${name}`, statistic: 'mean' },
    ...(limits && { defaultObjective: limits }),
  });
  const stall = (resource: string, what: string) =>
    share(
      `${resource}.pressure`,
      `Pressure on ${what}`,
      `Share of the window in which at least one task of the cgroup waited for ${what} (PSI "some", version 2 only).`,
    );
  return [
    share(
      'cpu.utilization',
      'CPU use against the limit',
      'CPU time used ÷ (window × CPUs that the tightest quota on the way to the root allows). Absent without a quota.',
    ),
    share(
      'cpu.throttled.ratio',
      'Throttling',
      'Share of the enforcement periods of the window in which the cgroup ran into its CPU quota and was stopped.',
      {
        warning: 0.25,
        source: 'kubernetes-mixin, CPUThrottlingHigh: 25 % of periods (cpuThrottlingPercent)',
      },
    ),
    share(
      'memory.utilization',
      'Memory use against the limit',
      'Working set (use without inactive page cache) ÷ the tightest limit on the way to the root. Absent without a limit.',
    ),
    {
      name: `${prefix}.cgroup.memory.usage.last`,
      title: `Working set of the cgroup ${whose}`,
      unit: 'By',
      direction: 'lower-is-better',
      description: 'Memory charged to the cgroup without inactive page cache, which can be dropped at once.',
      from: { sample: `${prefix}.cgroup.memory.usage`, statistic: 'last' },
    },
    {
      name: `${prefix}.cgroup.memory.oom-kills.sum`,
      title: `Out-of-memory kills in the cgroup ${whose}`,
      unit: '{count}',
      direction: 'lower-is-better',
      description: 'Processes that the kernel killed in the window because the cgroup reached its memory limit.',
      from: { sample: `${prefix}.cgroup.memory.oom-kills`, statistic: 'sum' },
    },
    stall('cpu', 'a CPU'),
    stall('memory', 'memory'),
    stall('io', 'I/O'),
    share(
      'memory.pressure.full',
      'Complete stall on memory',
      'Share of the window in which all tasks of the cgroup waited for memory at once (PSI "full", version 2 only).',
    ),
    share(
      'io.pressure.full',
      'Complete stall on I/O',
      'Share of the window in which all tasks of the cgroup waited for I/O at once (PSI "full", version 2 only).',
    ),
  ];
}

import { defineIndicators } from '../../model/define.ts';
import type { IndicatorDefinition, Statistic } from '../../model/indicator.ts';
import { cgroupIndicators } from '../_proc/cgroup-indicators.ts';

/** `process.<name>.<statistic>`. */
function indicator(
  name: string,
  statistic: Statistic,
  rest: Omit<IndicatorDefinition, 'name' | 'from' | 'direction'> & Partial<Pick<IndicatorDefinition, 'direction'>>,
): IndicatorDefinition {
  return {
    name: `process.${name}.${statistic}`,
    direction: 'lower-is-better',
    from: { sample: `process.${name}`, statistic },
    ...rest,
  };
}

export const indicators = defineIndicators([
  indicator('count', 'last', {
    title: 'Processes',
    unit: '{count}',
    direction: 'neutral',
    description: 'Processes of the service, children included.',
  }),
  indicator('threads', 'last', {
    title: 'Threads',
    unit: '{count}',
    direction: 'neutral',
    description: 'Threads of all processes of the service.',
  }),
  indicator('cpu.utilization', 'mean', {
    title: "Share of the host's CPUs",
    unit: '1',
    description: 'CPU time of all processes of the service ÷ (window × CPUs of the host).',
  }),
  indicator('cpu.cores', 'mean', {
    title: 'CPUs in use',
    unit: '{count}',
    description: 'CPU time of all processes of the service ÷ window: 1 is one core all the time.',
  }),
  indicator('cpu.busiest.cores', 'mean', {
    title: 'CPUs in use by the busiest process',
    unit: '{count}',
    description:
      'As above, of the one process that used most. About 1 in a single-threaded server: that process is the limit.',
  }),
  indicator('run-queue.waiting', 'mean', {
    title: 'Threads waiting for a CPU',
    unit: '{count}',
    description:
      'Mean number of threads of the service that were ready and had no CPU: growth of their waiting time (schedstat) ÷ window.',
  }),
  indicator('context-switches.voluntary', 'mean', {
    title: 'Voluntary context switches',
    unit: '1/s',
    direction: 'neutral',
    description: 'Times a second that a thread gave up the CPU to wait for something.',
  }),
  indicator('context-switches.involuntary', 'mean', {
    title: 'Involuntary context switches',
    unit: '1/s',
    description: 'Times a second that a thread was taken off the CPU although it had work: competition for CPUs.',
  }),
  indicator('memory.usage', 'last', {
    title: 'Resident memory (RSS)',
    unit: 'By',
    description: 'Sum over the processes; pages they share are counted in each of them.',
  }),
  indicator('memory.pss', 'last', {
    title: 'Proportional memory (PSS)',
    unit: 'By',
    description: 'Sum over the processes with shared pages divided by their users: what the service really takes.',
  }),
  indicator('memory.swap', 'last', {
    title: 'Memory in swap',
    unit: 'By',
    description: 'Memory of the service that is swapped out.',
  }),
  indicator('fd.count', 'last', {
    title: 'Open files',
    unit: '{count}',
    direction: 'neutral',
    description: 'File descriptors of all processes: files, sockets, pipes.',
  }),
  indicator('fd.utilization', 'max', {
    title: 'Open files against the limit',
    unit: '1',
    description: 'Open file descriptors ÷ soft limit, of the process that is nearest to its own limit.',
    defaultObjective: {
      warning: 0.7,
      critical: 0.9,
      source: 'node_exporter mixin, NodeFileDescriptorLimit: 70 % and 90 %',
    },
  }),
  indicator('io.read', 'mean', {
    title: 'Read from storage',
    unit: 'By/s',
    direction: 'neutral',
    description: 'Bytes a second that the service made the storage deliver; reads answered from cache do not count.',
  }),
  indicator('io.write', 'mean', {
    title: 'Written to storage',
    unit: 'By/s',
    direction: 'neutral',
    description: 'Bytes a second that the service caused to be written.',
  }),
  ...cgroupIndicators('process', 'that the service runs in'),
]);

import { defineIndicators } from '../../model/define.ts';
import type { IndicatorDefinition, Statistic } from '../../model/indicator.ts';
import { cgroupIndicators } from '../_proc/cgroup-indicators.ts';

type Rest = Pick<IndicatorDefinition, 'title' | 'description'> &
  Partial<Pick<IndicatorDefinition, 'unit' | 'direction' | 'defaultObjective'>>;

/** `host.<name>.<statistic>`; a share that is better low unless said otherwise. */
function indicator(name: string, statistic: Statistic, rest: Rest): IndicatorDefinition {
  return {
    name: `host.${name}.${statistic}`,
    unit: '1',
    direction: 'lower-is-better',
    from: { sample: `host.${name}`, statistic },
    ...rest,
  };
}

const RUNBOOK = 'runbook 000, Performance Targets';
const PSI = 'https://docs.kernel.org/accounting/psi.html';

export const indicators = defineIndicators([
  indicator('cpu.utilization', 'mean', {
    title: 'CPU use',
    description:
      'Share of all CPU time that was not idle: 1 − (idle + iowait) ÷ total. Includes steal: that time was not ours to use.',
    defaultObjective: { target: 0.7, source: `${RUNBOOK}: CPU usage <70 % (sustained)` },
  }),
  indicator('cpu.busiest.utilization', 'mean', {
    title: 'Use of the busiest core',
    description:
      'The highest use of any one core. Near 1 while the mean is low: a single thread is the limit, more cores will not help.',
  }),
  indicator('cpu.core.utilization', 'mean', {
    title: 'Use by core',
    description: 'As CPU use, of one core (label `core`).',
  }),
  indicator('cpu.steal', 'mean', {
    title: 'CPU time stolen',
    description: 'Share of CPU time that the hypervisor gave to other machines while this one had work to do.',
  }),
  indicator('cpu.core.steal', 'mean', {
    title: 'CPU time stolen, by core',
    description: 'As above, of one core (label `core`).',
  }),
  indicator('cpu.iowait', 'mean', {
    title: 'CPU idle with I/O outstanding',
    description:
      'Share of CPU time idle while a task that last ran there waited for a disk. A hint only: it falls when other work fills the CPU.',
  }),
  indicator('cpu.core.iowait', 'mean', {
    title: 'CPU idle with I/O outstanding, by core',
    description: 'As above, of one core (label `core`).',
  }),
  indicator('cpu.pressure', 'mean', {
    title: 'Stall for a CPU',
    description: `Share of the window in which at least one task was ready and had no CPU (PSI "some"): growth of the total ÷ window. ${PSI}`,
  }),
  indicator('cpu.run-queue.waiting', 'mean', {
    title: 'Tasks waiting per CPU',
    unit: '{count}',
    description:
      'Mean number of ready tasks without a CPU, divided by the CPUs: run delay of /proc/schedstat ÷ window.',
  }),
  indicator('load.average', 'last', {
    title: 'Load average',
    unit: '{count}',
    direction: 'neutral',
    description: 'Tasks running, ready or in uninterruptible sleep, damped over 1, 5 or 15 minutes (label `period`).',
  }),
  indicator('processes.blocked', 'mean', {
    title: 'Tasks blocked on I/O',
    unit: '{count}',
    description: 'Tasks that waited for I/O to complete at the end of the window.',
  }),
  indicator('memory.utilization', 'mean', {
    title: 'Memory use',
    description: '1 − MemAvailable ÷ MemTotal: what could not be given to a new program without swapping.',
    defaultObjective: { target: 0.8, source: `${RUNBOOK}: memory usage <80 %` },
  }),
  indicator('memory.available', 'last', {
    title: 'Memory available',
    unit: 'By',
    direction: 'higher-is-better',
    description: "The kernel's estimate of what new programs can have without swapping (MemAvailable).",
  }),
  indicator('memory.pressure', 'mean', {
    title: 'Stall on memory',
    description: `Share of the window in which at least one task waited for memory to be reclaimed or read back (PSI "some"). ${PSI}`,
  }),
  indicator('memory.pressure.full', 'mean', {
    title: 'Complete stall on memory',
    description: `Share of the window in which all tasks that could run waited for memory at once (PSI "full"). ${PSI}`,
  }),
  indicator('memory.major-faults', 'mean', {
    title: 'Major page faults',
    unit: '1/s',
    description: 'Page faults that had to read a disk, including the first touch of a program or mapped file.',
  }),
  indicator('memory.direct-reclaim', 'mean', {
    title: 'Pages scanned by direct reclaim',
    unit: '1/s',
    description: 'Pages that allocating tasks had to scan themselves because the background reclaim did not keep up.',
  }),
  indicator('memory.refaults', 'mean', {
    title: 'Pages read back after eviction',
    unit: '1/s',
    description: 'Pages evicted and needed again soon: the working set does not fit.',
  }),
  indicator('memory.oom-kills', 'sum', {
    title: 'Out-of-memory kills',
    unit: '{count}',
    description: 'Processes that the kernel killed in the window for lack of memory, in any cgroup.',
  }),
  indicator('swap.utilization', 'mean', {
    title: 'Swap in use',
    direction: 'neutral',
    description: 'Share of swap space in use. Full swap without traffic is old, cold memory and does no harm.',
  }),
  indicator('memory.swap-in', 'mean', {
    title: 'Pages swapped in',
    unit: '1/s',
    description: 'Pages read back from swap.',
  }),
  indicator('memory.swap-out', 'mean', {
    title: 'Pages swapped out',
    unit: '1/s',
    description: 'Pages written to swap.',
  }),
  indicator('io.pressure', 'mean', {
    title: 'Stall on I/O',
    description: `Share of the window in which at least one task waited for I/O (PSI "some"). ${PSI}`,
  }),
  indicator('io.pressure.full', 'mean', {
    title: 'Complete stall on I/O',
    description: `Share of the window in which all tasks that could run waited for I/O at once (PSI "full"). ${PSI}`,
  }),
  indicator('disk.utilization', 'mean', {
    title: 'Disk busy',
    direction: 'neutral',
    description:
      'Share of the window with any I/O in flight (label `disk`). Devices that work in parallel are not full at 1: see the queue and the time per operation.',
  }),
  indicator('disk.await', 'mean', {
    title: 'Time per disk operation',
    unit: 's',
    description: 'Mean time of the operations completed in the window, waiting in the queue included (label `disk`).',
  }),
  indicator('disk.queue', 'mean', {
    title: 'Disk queue',
    unit: '{count}',
    description: 'Mean number of operations in flight (label `disk`): growth of the weighted time ÷ window.',
  }),
  indicator('disk.read', 'mean', {
    title: 'Read from disk',
    unit: 'By/s',
    direction: 'neutral',
    description: 'Bytes read per second (label `disk`).',
  }),
  indicator('disk.write', 'mean', {
    title: 'Written to disk',
    unit: 'By/s',
    direction: 'neutral',
    description: 'Bytes written per second (label `disk`).',
  }),
  indicator('filesystem.utilization', 'last', {
    title: 'Filesystem use',
    description: 'used ÷ (used + available to ordinary users), as `df` shows it (label `mount`).',
    defaultObjective: {
      warning: 0.95,
      critical: 0.97,
      source: 'node_exporter mixin, NodeFilesystemAlmostOutOfSpace: less than 5 % and 3 % available',
    },
  }),
  indicator('filesystem.inode.utilization', 'last', {
    title: 'Inode use',
    description:
      'Share of the inodes in use (label `mount`): with none left, no file can be made however much space there is.',
    defaultObjective: {
      warning: 0.95,
      critical: 0.97,
      source: 'node_exporter mixin, NodeFilesystemAlmostOutOfFiles: less than 5 % and 3 % left',
    },
  }),
  indicator('filesystem.available', 'last', {
    title: 'Space available',
    unit: 'By',
    direction: 'higher-is-better',
    description: 'Bytes that ordinary users can still write (label `mount`).',
  }),
  indicator('network.received', 'mean', {
    title: 'Received',
    unit: 'By/s',
    direction: 'neutral',
    description: 'Bytes received per second (label `interface`).',
  }),
  indicator('network.sent', 'mean', {
    title: 'Sent',
    unit: 'By/s',
    direction: 'neutral',
    description: 'Bytes sent per second (label `interface`).',
  }),
  indicator('network.drops', 'mean', {
    title: 'Packets dropped',
    unit: '1/s',
    description: 'Packets dropped per second, both directions (label `interface`).',
  }),
  indicator('network.errors', 'mean', {
    title: 'Packets with errors',
    unit: '1/s',
    description: 'Damaged packets per second, both directions (label `interface`).',
  }),
  indicator('tcp.retransmit.ratio', 'mean', {
    title: 'TCP segments sent again',
    description: 'Segments sent again ÷ all segments sent in the window: RetransSegs ÷ (OutSegs + RetransSegs).',
  }),
  indicator('tcp.listen.overflows', 'mean', {
    title: 'Full accept queues',
    unit: '1/s',
    description:
      'Connections per second refused because a program did not accept fast enough (ListenOverflows), of any service.',
  }),
  indicator('tcp.listen.drops', 'mean', {
    title: 'Connection attempts dropped',
    unit: '1/s',
    description: 'Connection attempts per second dropped for any reason, full accept queues included (ListenDrops).',
  }),
  ...cgroupIndicators('host', 'that Pitwall runs in'),
]);

import type { Indicator } from '../../model/indicator.ts';
import type { ResourceId, ResourceUse } from '../../model/search.ts';

/** What people call them. */
export const RESOURCE_TITLES: Readonly<Record<ResourceId, string>> = {
  'service-cpu': 'the CPU of the service',
  'cgroup-cpu': "the CPU quota of the service's cgroup",
  'host-cpu': 'the CPUs of the host',
  memory: 'memory',
  io: 'storage I/O',
  disk: 'a disk',
  'open-files': 'open files of the service',
  'accept-queue': 'the accept queue',
  connections: 'the connections',
};

/**
 * From where on a resource counts as used up. Pressure, queues and refusals tell it; use alone tells it only where work
 * cannot go elsewhere. The values are those of the rules host/cpu-saturated, host/memory-pressure and process/fd-limit-near.
 */
const SATURATED = {
  /** Share of one thread, of a quota or of all CPUs, 0–1. [judgement: within a tenth nothing more can be had] */
  cpu: 0.9,
  /** psi-notify, default for CPU "some"; with `cpuBusy` as in host/cpu-saturated. */
  cpuPressure: 0.5,
  /** Tasks waiting per CPU. node_exporter mixin, NodeSystemSaturation: one waiting for each one running. */
  cpuWaiting: 1,
  cpuBusy: 0.7,
  /**
   * Threads of the service that wait for a CPU on average, or its share of what is used: below both, the CPUs are full of
   * something else and the service does not feel it. [judgement]
   */
  ownWaiting: 0.25,
  ownShare: 0.25,
  /** kubernetes-mixin, CPUThrottlingHigh. */
  throttled: 0.25,
  /** psi-notify, default for memory "some". */
  memoryPressure: 0.1,
  /** psi-notify, default for I/O "full". */
  ioPressureFull: 0.15,
  /** node_exporter mixin, NodeDiskIOSaturation. */
  diskQueue: 10,
  /** node_exporter mixin, NodeFileDescriptorLimit (critical). */
  openFiles: 0.9,
} as const;

/**
 * Resources during one step, from the indicators of host and process targets; those that nobody measured are left out.
 * `oneThread`: no process of the service ever used more than one core, so one core is what it has (see `usesOneThread`).
 */
export function resourcesOf(
  indicators: readonly Indicator[],
  options: { readonly oneThread: boolean; readonly connectionsTaken: boolean },
): ResourceUse[] {
  const value = valueIn(indicators);
  const found = [
    serviceCpu(value, options.oneThread),
    cgroupCpu(value),
    hostCpu(value),
    memory(value),
    io(value),
    ...disks(indicators),
    openFiles(value),
    acceptQueue(value),
    options.connectionsTaken
      ? use('connections', null, true, 'all connections were taken and requests waited for one')
      : null,
  ];
  return found.filter((each) => each !== null);
}

/** Cores of the service's busiest process beyond which it is not one thread; a little over 1 for its helper threads. */
const ONE_THREAD = 1.1;

/** Whether no process of the service used more than one core in any step. False when nobody looked. */
export function usesOneThread(steps: readonly (readonly Indicator[])[]): boolean {
  const cores = steps.map((indicators) => valueIn(indicators)('process.cpu.busiest.cores.mean'));
  const known = cores.filter((each) => each !== null);
  return known.length > 0 && Math.max(...known) <= ONE_THREAD;
}

type Value = (name: string) => number | null;

function valueIn(indicators: readonly Indicator[]): Value {
  return (name) => {
    const values = indicators.flatMap((each) => (each.name === name && each.value !== null ? [each.value] : []));
    return values.length > 0 ? Math.max(...values) : null;
  };
}

const use = (
  resource: ResourceId,
  utilisation: number | null,
  saturated: boolean,
  evidence: string,
  name: string | null = null,
): ResourceUse => ({ resource, name, utilisation, saturated, evidence });

const percent = (share: number): string => `${Number((share * 100).toPrecision(3))} %`;

function serviceCpu(value: Value, oneThread: boolean): ResourceUse | null {
  const [share, cores, busiest] = [
    value('process.cpu.utilization.mean'),
    value('process.cpu.cores.mean'),
    value('process.cpu.busiest.cores.mean'),
  ];
  if (oneThread && busiest !== null) {
    const text = `the busiest process used ${percent(busiest)} of one core, and none ever used more than one`;
    return use('service-cpu', busiest, busiest >= SATURATED.cpu, text);
  }
  if (share === null) return null;
  const text = `the service used ${percent(share)} of the CPUs of the host`;
  return use(
    'service-cpu',
    share,
    share >= SATURATED.cpu,
    cores === null ? text : `${text} (${Number(cores.toPrecision(3))} cores)`,
  );
}

function cgroupCpu(value: Value): ResourceUse | null {
  const share = value('process.cgroup.cpu.utilization.mean');
  const throttled = value('process.cgroup.cpu.throttled.ratio.mean') ?? 0;
  if (share === null) return null;
  const saturated = share >= SATURATED.cpu || throttled >= SATURATED.throttled;
  const text = `its cgroup used ${percent(share)} of its CPU quota and was throttled in ${percent(throttled)} of the periods`;
  return use('cgroup-cpu', share, saturated, text);
}

function hostCpu(value: Value): ResourceUse | null {
  const busy = value('host.cpu.utilization.mean');
  if (busy === null) return null;
  const [pressure, waiting] = [value('host.cpu.pressure.mean'), value('host.cpu.run-queue.waiting.mean')];
  const stalled = (pressure ?? 0) >= SATURATED.cpuPressure || (waiting ?? 0) >= SATURATED.cpuWaiting;
  const full = busy >= SATURATED.cpu || (stalled && busy >= SATURATED.cpuBusy);
  const [own, ownWaiting] = [value('process.cpu.utilization.mean'), value('process.run-queue.waiting.mean')];
  const felt =
    own === null || ownWaiting === null || own >= SATURATED.ownShare * busy || ownWaiting >= SATURATED.ownWaiting;
  const wait = pressure === null ? '' : `, and tasks waited for one ${percent(pressure)} of the time`;
  const share = own === null ? '' : `; the service itself used ${percent(own)} of them`;
  return use('host-cpu', busy, full && felt, `the CPUs of the host were ${percent(busy)} busy${wait}${share}`);
}

/** Memory in use is no bottleneck; waiting for it is. */
function memory(value: Value): ResourceUse | null {
  const waited = value('host.memory.pressure.mean');
  if (waited === null) return null;
  return use(
    'memory',
    null,
    waited >= SATURATED.memoryPressure,
    `tasks waited for memory ${percent(waited)} of the time`,
  );
}

function io(value: Value): ResourceUse | null {
  const waited = value('host.io.pressure.full.mean');
  if (waited === null) return null;
  const text = `all tasks that could run waited for I/O ${percent(waited)} of the time`;
  return use('io', null, waited >= SATURATED.ioPressureFull, text);
}

/** A disk that works on many requests at once is not full at 100 % busy: its queue decides. */
function disks(indicators: readonly Indicator[]): ResourceUse[] {
  return indicators.flatMap((each) => {
    if (each.name !== 'host.disk.utilization.mean' || each.value === null) return [];
    const name = each.labels.disk ?? '';
    const queue =
      indicators.find((other) => other.name === 'host.disk.queue.mean' && other.labels.disk === name)?.value ?? null;
    const depth = queue === null ? '' : ` with ${Number(queue.toPrecision(2))} operations in its queue`;
    const text = `${name || 'the disk'} was busy ${percent(each.value)} of the time${depth}`;
    return [use('disk', each.value, (queue ?? 0) > SATURATED.diskQueue, text, name)];
  });
}

function openFiles(value: Value): ResourceUse | null {
  const share = value('process.fd.utilization.max');
  if (share === null) return null;
  return use('open-files', share, share >= SATURATED.openFiles, `${percent(share)} of the files it may open were open`);
}

function acceptQueue(value: Value): ResourceUse | null {
  const refused = value('host.tcp.listen.overflows.mean');
  if (refused === null) return null;
  const text = `${Number(refused.toPrecision(3))} connections a second were refused because nobody accepted them`;
  return use('accept-queue', null, refused > 0, text);
}

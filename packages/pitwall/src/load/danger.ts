/** Counters of one disk, as `readHostSigns` has them. */
export interface DiskSigns {
  readonly operations: number;
  /** Seconds that all operations took together, waiting included. */
  readonly operationSeconds: number;
  /** Seconds times operations in flight. */
  readonly weightedSeconds: number;
}

/** What a host shows before it suffers. Null: not known here. Counters since boot. */
export interface HostSigns {
  /** Seconds on a clock that never goes back. */
  readonly at: number;
  readonly pagesSwappedOut: number | null;
  readonly oomKills: number | null;
  /** Bytes. */
  readonly memoryAvailable: number | null;
  readonly memoryTotal: number | null;
  /** Seconds in which all tasks that could run waited for memory, and for I/O (PSI "full"). */
  readonly memoryStalled: number | null;
  readonly ioStalled: number | null;
  readonly disks: ReadonlyMap<string, DiskSigns>;
  /** Memory that the service's cgroup (or ours) uses and may use, in bytes; null without a limit. */
  readonly cgroup: { readonly used: number; readonly limit: number } | null;
}

export interface Danger {
  readonly sign: 'oom-kill' | 'cgroup-memory' | 'memory' | 'swap' | 'memory-stall' | 'io-stall' | 'disk-queue';
  /** What was seen, for a person; one sentence. */
  readonly text: string;
  /** Already too late to wait for a second look. */
  readonly urgent: boolean;
}

/** Where a load stops before it hurts. Shares 0–1. */
const DANGER_LIMITS = {
  /** Share of memory available. earlyoom kills at 5 % (its default of 10 % ÷ 2): manpages, earlyoom(1), option -m. */
  memoryAvailable: 0.05,
  /** Share of the cgroup's limit in use: the same 5 % left. */
  cgroupMemory: 0.95,
  /** Pages a second: 1 MiB of 4 KiB pages. A trickle of cold pages is healthy, a stream is not. [judgement] */
  swapOut: 256,
  /** Share of time. Half of systemd-oomd's DefaultMemoryPressureLimit (60 %), at which it kills: oomd.conf(5). */
  memoryStall: 0.3,
  /** Share of time in which nothing ran for I/O. psi-notify warns at 15 %; a database under load may do that. [judgement] */
  ioStall: 0.5,
  /** Mean operations in flight (node_exporter mixin, NodeDiskIOSaturation) … */
  diskQueue: 10,
  /** … that also take this long each (s): Awesome Prometheus alerts, HostUnusualDiskReadLatency and …WriteLatency. */
  diskWait: 0.1,
} as const;

export type DangerLimits = Readonly<Record<keyof typeof DANGER_LIMITS, number>>;

/** All danger signs between two readings, the worst first. */
export function dangersOf(before: HostSigns, after: HostSigns, limits: DangerLimits = DANGER_LIMITS): Danger[] {
  const elapsed = after.at - before.at;
  if (!(elapsed > 0)) return [];
  const share = (from: number | null, to: number | null) => (grown(from, to) ?? 0) / elapsed;
  const kills = grown(before.oomKills, after.oomKills) ?? 0;
  const left = after.memoryAvailable !== null && after.memoryTotal ? after.memoryAvailable / after.memoryTotal : 1;
  const cgroup = after.cgroup ? after.cgroup.used / after.cgroup.limit : 0;
  const swapped = share(before.pagesSwappedOut, after.pagesSwappedOut);
  const memory = share(before.memoryStalled, after.memoryStalled);
  const io = share(before.ioStalled, after.ioStalled);
  const signs: (Danger | null)[] = [
    kills > 0
      ? sign(
          'oom-kill',
          `The kernel killed ${kills === 1 ? 'a process' : `${kills} processes`} for lack of memory.`,
          true,
        )
      : null,
    cgroup >= limits.cgroupMemory
      ? sign('cgroup-memory', `The memory of the service's cgroup is ${percent(cgroup)} of its limit.`)
      : null,
    left <= limits.memoryAvailable ? sign('memory', `Only ${percent(left)} of the memory is still available.`) : null,
    swapped >= limits.swapOut
      ? sign('swap', `The host swaps: ${Math.round(swapped)} pages a second are written to swap.`)
      : null,
    memory >= limits.memoryStall
      ? sign('memory-stall', `All tasks stood still for lack of memory ${percent(memory)} of the time.`)
      : null,
    io >= limits.ioStall ? sign('io-stall', `All tasks stood still waiting for I/O ${percent(io)} of the time.`) : null,
    ...diskSigns(before, after, elapsed, limits),
  ];
  return signs.filter((each) => each !== null);
}

/** The worst danger sign between two readings; null when there is none. */
export function dangerOf(before: HostSigns, after: HostSigns, limits: DangerLimits = DANGER_LIMITS): Danger | null {
  return dangersOf(before, after, limits)[0] ?? null;
}

function diskSigns(before: HostSigns, after: HostSigns, elapsed: number, limits: DangerLimits): (Danger | null)[] {
  return [...after.disks].map(([name, disk]) => {
    const earlier = before.disks.get(name);
    if (!earlier) return null;
    const queue = (grown(earlier.weightedSeconds, disk.weightedSeconds) ?? 0) / elapsed;
    const operations = grown(earlier.operations, disk.operations) ?? 0;
    const seconds = grown(earlier.operationSeconds, disk.operationSeconds) ?? 0;
    // A disk that completes nothing while many wait is the worst case, not the best.
    const wait = operations > 0 ? seconds / operations : elapsed;
    if (queue <= limits.diskQueue || wait <= limits.diskWait) return null;
    const text = `The disk ${name} does not keep up: ${Math.round(queue)} operations wait for it, each for ${Math.round(wait * 1000)} ms or more.`;
    return sign('disk-queue', text);
  });
}

function sign(id: Danger['sign'], text: string, urgent = false): Danger {
  return { sign: id, text, urgent };
}

/** Growth of a counter; null when it is not known, or went backwards. */
function grown(before: number | null, after: number | null): number | null {
  return before === null || after === null || after < before ? null : after - before;
}

const percent = (share: number): string => `${Number((share * 100).toPrecision(3))} %`;

/** Seconds between two looks at a host under load. */
export const DANGER_INTERVAL = 1;

/** Windows in a row in which a sign has to show, unless it is urgent: one bad second is no danger. */
const SUSTAINED = 2;

/**
 * Looks at the host every `interval` seconds and calls `onDanger` once, with the first danger that lasts. `read` may fail: what
 * cannot be read shows no danger. The function returned ends the watch: nothing is called after it resolves.
 */
export function watchDanger(options: {
  readonly read: () => Promise<HostSigns>;
  /** Seconds. */
  readonly interval: number;
  readonly onDanger: (danger: Danger) => void;
  readonly limits?: DangerLimits;
}): () => Promise<void> {
  const { read, interval, onDanger } = options;
  const limits = options.limits ?? DANGER_LIMITS;
  const rest = Promise.withResolvers<void>();
  let stopped = false;
  let timer: NodeJS.Timeout | undefined;
  const sleep = () =>
    Promise.race([
      rest.promise,
      new Promise<void>((resolve) => {
        timer = setTimeout(resolve, interval * 1000);
        timer.unref();
      }),
    ]);
  const watch = async (): Promise<void> => {
    let before: HostSigns | null = null;
    let lasting = new Map<Danger['sign'], number>();
    while (!stopped) {
      const after: HostSigns | null = await read().catch(() => null);
      const found = before && after ? dangersOf(before, after, limits) : [];
      lasting = new Map(found.map((each) => [each.sign, (lasting.get(each.sign) ?? 0) + 1]));
      const danger = found.find(({ sign: id, urgent }) => urgent || lasting.get(id)! >= SUSTAINED);
      if (stopped) return;
      if (danger) {
        onDanger(danger);
        return;
      }
      before = after ?? before;
      await sleep();
    }
  };
  const watching = watch();
  return async () => {
    stopped = true;
    clearTimeout(timer);
    rest.resolve();
    await watching;
  };
}

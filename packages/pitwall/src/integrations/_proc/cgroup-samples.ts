import { printable } from '../../errors.ts';
import type { Collected } from '../../model/integration.ts';
import type { Fact, Gap, Sample } from '../../model/observation.ts';
import type { CgroupReading } from './cgroup.ts';
import { pressureSamples } from './pressure.ts';
import { notMeasurable } from './read.ts';
import type { Window } from './window.ts';
import { growth, sample } from './window.ts';

/**
 * Samples `<prefix>.cgroup.*` and the fact `<prefix>.cgroup`: how close a cgroup came to its limits in the window.
 * `<prefix>` is `host` for the cgroup that the tool itself runs in, `process` for the service's.
 */
export function cgroupSamples(prefix: string, window: Window<CgroupReading | string>): Collected {
  const { before, after } = window;
  const name = `${prefix}.cgroup`;
  if (typeof before === 'string' || typeof after === 'string') {
    return { gaps: [notMeasurable(name, typeof before === 'string' ? before : (after as string))] };
  }
  if (before.path !== after.path) return { gaps: [notMeasurable(name, 'the process moved to another cgroup')] };
  const parts = [cpuPart(name, { ...window, before, after }), memoryPart(name, { ...window, before, after })];
  const pressure = pressureSamples(name, { ...window, before: before.pressure, after: after.pressure });
  return {
    samples: [...parts.flatMap((part) => part.samples), ...pressure.samples],
    gaps: [...parts.flatMap((part) => part.gaps), ...pressure.gaps],
    facts: [fact(name, after)],
  };
}

interface Part {
  readonly samples: readonly Sample[];
  readonly gaps: readonly Gap[];
}

function cpuPart(name: string, window: Window<CgroupReading>): Part {
  const { cpu: before } = window.before;
  const { cpu: after } = window.after;
  if (typeof before === 'string' || typeof after === 'string') {
    return { samples: [], gaps: [notMeasurable(`${name}.cpu`, String(typeof before === 'string' ? before : after))] };
  }
  const samples: Sample[] = [];
  const gaps: Gap[] = [];
  const used = growth(before.used, after.used);
  if (after.limit === null) gaps.push(notMeasurable(`${name}.cpu.utilization`, 'no CPU limit is set'));
  else if (used === null) gaps.push(notMeasurable(`${name}.cpu.utilization`, 'no CPU accounting'));
  else samples.push(sample(`${name}.cpu.utilization`, window.at, used / (window.elapsed * after.limit)));
  const periods = growth(before.periods, after.periods);
  const throttled = growth(before.throttled, after.throttled);
  if (periods === null || throttled === null) {
    gaps.push(notMeasurable(`${name}.cpu.throttled.ratio`, 'no throttling counters'));
  } else {
    // No period passed: the cgroup has no quota, or nothing in it ran. Neither was throttled.
    const ratio = periods === 0 ? 0 : Math.min(1, throttled / periods);
    samples.push(sample(`${name}.cpu.throttled.ratio`, window.at, ratio));
  }
  return { samples, gaps };
}

function memoryPart(name: string, window: Window<CgroupReading>): Part {
  const { memory: before } = window.before;
  const { memory: after } = window.after;
  if (typeof after === 'string') return { samples: [], gaps: [notMeasurable(`${name}.memory`, after)] };
  const samples: Sample[] = [];
  const gaps: Gap[] = [];
  if (after.used !== null) {
    samples.push(sample(`${name}.memory.usage`, window.at, after.used));
    if (after.limit === null) gaps.push(notMeasurable(`${name}.memory.utilization`, 'no memory limit is set'));
    else samples.push(sample(`${name}.memory.utilization`, window.at, after.used / after.limit));
  }
  const kills = growth(typeof before === 'string' ? undefined : before.oomKills, after.oomKills);
  if (kills === null) gaps.push(notMeasurable(`${name}.memory.oom-kills`, 'no counter of out-of-memory kills'));
  else samples.push(sample(`${name}.memory.oom-kills`, window.at, kills));
  return { samples, gaps };
}

function fact(name: string, reading: CgroupReading): Fact {
  const limit = (part: CgroupReading['cpu'] | CgroupReading['memory']) =>
    typeof part === 'string' ? null : part.limit;
  const path = printable(reading.path);
  return {
    kind: name,
    key: path,
    value: {
      path,
      version: reading.version,
      cpuLimit: limit(reading.cpu),
      memoryLimitBytes: limit(reading.memory),
    },
  };
}

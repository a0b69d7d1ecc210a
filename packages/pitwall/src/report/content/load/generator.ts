import type { GeneratorHealth, LatencySummary, LoadResult } from '../../../model/load.ts';
import { knownOf } from '../../../stats/enough.ts';
import { countOf, formatDuration, formatNumber, formatPercent } from '../../format.ts';
import { spreadText } from './known.ts';
import { shareOf } from './share.ts';

/** One reason to believe the numbers, or not to. */
export interface HealthRow {
  readonly what: string;
  readonly value: string;
  /** Why it matters, in a few words. */
  readonly why: string;
}

const isKnown = (value: number): boolean => Number.isFinite(value);

/** Reports of earlier versions say less: what they lack has no row. */
export function healthRows(load: LoadResult): readonly HealthRow[] {
  const { generator, latency, planned, sent, iterations } = load;
  const { lateness, selfTest } = generator;
  const unsent = Math.max(0, planned - sent);
  const rows: (HealthRow | null)[] = [
    {
      what: 'Sent',
      value: `${formatNumber(sent)} of ${formatNumber(planned)} planned (${shareOf(sent, planned)})`,
      why:
        unsent > 0
          ? `${countOf(unsent, 'request')} never left, and count with the time they waited`
          : 'none was left out',
    },
    iterations
      ? {
          what: 'Iterations',
          value: `${formatNumber(iterations.started)} of ${formatNumber(iterations.planned)} planned were started (${shareOf(iterations.started, iterations.planned)})`,
          why: 'of flows with several steps; one that was never started counts as one request',
        }
      : null,
    isKnown(generator.late)
      ? {
          what: 'Late',
          value: `${formatNumber(generator.late)} (${shareOf(generator.late, sent)})`,
          why: 'left more than 2 ms after they could have: the generator’s own fault',
        }
      : null,
    isKnown(lateness.max)
      ? {
          what: 'Lateness',
          value: spreadText(lateness, sent),
          why: 'from due, with a connection free, to the first byte written',
        }
      : null,
    isKnown(latency.slip.max)
      ? {
          what: 'Slip',
          value: spreadText(latency.slip, sent),
          why: 'from due to the first byte written, with any wait for a connection',
        }
      : null,
    isKnown(generator.queued)
      ? {
          what: 'Queued',
          value: formatNumber(generator.queued),
          why: 'found every connection taken when they were due: the service’s doing',
        }
      : null,
    {
      what: 'Event loop',
      value: `${formatPercent(generator.loopUtilisation)} busy`,
      why: `of the busiest of ${countOf(generator.workers, 'worker')}; from 85 % on answers wait to be read`,
    },
    { what: 'CPU', value: formatPercent(generator.cpuUtilisation), why: 'of a core, by the busiest worker' },
    gcRow(generator),
    generator.stealRatio === null
      ? null
      : {
          what: 'Steal',
          value: formatPercent(generator.stealRatio),
          why: 'of the CPU time went to other guests of this machine',
        },
    generator.eachWorker.length > 0
      ? {
          what: 'Shared cores',
          value: generator.sharedCores ? 'yes' : 'no',
          why: generator.sharedCores
            ? 'the service ran on this host too, and would be faster without the load'
            : 'the service ran elsewhere',
        }
      : null,
    selfTest
      ? {
          what: 'Ceiling',
          value: `${formatNumber(selfTest.requestsPerSecond)}/s a worker`,
          why: `against a server that does nothing; this load used ${formatPercent(throughput(load) / (selfTest.requestsPerSecond * generator.workers))} of it`,
        }
      : null,
    selfTest
      ? {
          what: 'Floor',
          value: `p50 ${formatDuration(selfTest.latencyFloor.p50)}, p99 ${formatDuration(selfTest.latencyFloor.p99)}`,
          why: 'no latency below this can be measured here',
        }
      : null,
  ];
  return rows.filter((row) => row !== null);
}

const throughput = ({ sent, duration }: LoadResult): number => (duration > 0 ? sent / duration : Number.NaN);

function gcTotal({ eachWorker }: GeneratorHealth) {
  return {
    pauses: eachWorker.reduce((sum, { gc }) => sum + gc.pauses, 0),
    seconds: eachWorker.reduce((sum, { gc }) => sum + gc.seconds, 0),
    longest: Math.max(0, ...eachWorker.map(({ gc }) => gc.longest)),
  };
}

function gcRow(generator: GeneratorHealth): HealthRow | null {
  if (generator.eachWorker.length === 0) return null;
  const { pauses, seconds, longest } = gcTotal(generator);
  return {
    what: 'Garbage collection',
    value: `${countOf(pauses, 'pause')}, ${formatDuration(seconds)}, the longest ${formatDuration(longest)}`,
    why: 'while a worker stands still nothing is sent or read',
  };
}

export interface WorkerRow {
  readonly worker: string;
  readonly loop: string;
  readonly cpu: string;
  readonly pauses: string;
  readonly paused: string;
  readonly longest: string;
}

export function workerRows({ generator }: LoadResult): readonly WorkerRow[] {
  return generator.eachWorker.map(({ loopUtilisation, cpuUtilisation, gc }, i) => ({
    worker: formatNumber(i + 1),
    loop: formatPercent(loopUtilisation),
    cpu: formatPercent(cpuUtilisation),
    pauses: formatNumber(gc.pauses),
    paused: formatDuration(gc.seconds),
    longest: formatDuration(gc.longest),
  }));
}

/** `99 % within 1.2 ms`; of too few requests for a p99, all. */
function mostWithin(summary: LatencySummary, count: number): string {
  const { p99 } = knownOf(summary, count);
  return isKnown(p99) ? `99 % within ${formatDuration(p99)}` : `all within ${formatDuration(summary.max)}`;
}

/** All of it in a few lines of prose, or only what matters most. */
export function healthText(load: LoadResult, brief = false): string {
  const { generator, planned, sent, iterations } = load;
  const { lateness, selfTest, eachWorker, workers } = generator;
  const gc = gcTotal(generator);
  const busiest = workers === 1 ? '' : ` (the busiest of ${formatNumber(workers)} workers)`;
  const essential = [
    iterations
      ? `${formatNumber(iterations.started)} of ${formatNumber(iterations.planned)} planned iterations started (${shareOf(iterations.started, iterations.planned)})`
      : `${formatNumber(sent)} of ${formatNumber(planned)} planned requests sent (${shareOf(sent, planned)})`,
    isKnown(generator.late) && isKnown(lateness.max)
      ? `${formatNumber(generator.late)} late, ${mostWithin(lateness, sent)} of when they could leave`
      : `${mostWithin(load.latency.slip, sent)} of when they were due`,
    `event loop ${formatPercent(generator.loopUtilisation)} busy${busiest}`,
  ];
  const rest = [
    `CPU ${formatPercent(generator.cpuUtilisation)}`,
    ...(eachWorker.length > 0 ? [pausesOf(gc)] : []),
    ...(generator.stealRatio === null ? [] : [`steal ${formatPercent(generator.stealRatio)}`]),
    ...(selfTest
      ? [
          `this machine can do ${formatNumber(selfTest.requestsPerSecond)}/s a worker and measure down to ${formatDuration(selfTest.latencyFloor.p50)}`,
        ]
      : []),
  ];
  return `${[...essential, ...(brief ? [] : rest)].join('; ')}.`;
}

function pausesOf({ pauses, longest }: { readonly pauses: number; readonly longest: number }): string {
  return pauses === 0 ? 'no GC pause' : `${countOf(pauses, 'GC pause')} of at most ${formatDuration(longest)}`;
}

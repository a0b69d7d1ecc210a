import { randomBytes } from 'node:crypto';
import type { Outcome } from '../model/change.ts';
import type { LoadLedger } from '../model/ledger.ts';
import type { LoadResult } from '../model/load.ts';
import type { Observation } from '../model/observation.ts';
import type { Report } from '../model/report.ts';
import type { Target } from '../model/target.ts';
import type { Assessment } from './assess.ts';
import { describeHost, ownCpuSeconds, pitwallVersion } from './platform.ts';

/** A run in progress: remembers when it began and what we had used by then. */
export interface RunClock {
  readonly id: string;
  readonly startedAt: Date;
  readonly cpuSeconds: number;
}

/** Ids sort by time and are short enough to type: `20261120-231500-a1b2`. */
export function startRun(now = new Date()): RunClock {
  const stamp = now.toISOString().replace(/[-:]/g, '').replace('T', '-').slice(0, 15);
  return { id: `${stamp}-${randomBytes(2).toString('hex')}`, startedAt: now, cpuSeconds: ownCpuSeconds() };
}

export function makeReport(input: {
  readonly run: RunClock;
  readonly command: string;
  readonly service: string;
  readonly targets: readonly Target[];
  readonly observations: readonly Observation[];
  readonly assessment: Assessment;
  readonly outcomes?: readonly Outcome[];
  readonly load?: LoadResult | null;
  readonly loadBefore?: LoadResult | null;
  /** Of `load`: when its measured part began (epoch seconds), and what was seen beside it. */
  readonly beside?: { readonly measuredAt: number } & Pick<Report, 'series'> & { readonly ledger: LoadLedger | null };
  readonly replayedFrom?: string;
}): Report {
  const { run, assessment, observations, beside } = input;
  const finishedAt = new Date();
  return {
    schemaVersion: 1,
    run: {
      id: run.id,
      command: input.command,
      service: input.service,
      startedAt: run.startedAt.toISOString(),
      finishedAt: finishedAt.toISOString(),
      pitwallVersion: pitwallVersion(),
      nodeVersion: process.version,
      host: describeHost(),
      ...(input.replayedFrom === undefined ? {} : { replayedFrom: input.replayedFrom }),
    },
    targets: input.targets,
    indicators: assessment.indicators,
    verdicts: assessment.verdicts,
    findings: assessment.findings,
    rules: assessment.rules,
    recommendations: assessment.recommendations,
    outcomes: input.outcomes ?? [],
    load: input.load ?? null,
    loadBefore: input.loadBefore ?? null,
    ...(beside ? { loadStartedAt: new Date(beside.measuredAt * 1000).toISOString() } : {}),
    ...(beside?.series?.length ? { series: beside.series } : {}),
    ...(beside?.ledger ? { ledger: beside.ledger } : {}),
    gaps: observations.flatMap(({ target, gaps }) => gaps.map((gap) => ({ ...gap, target: target.id }))),
    collectors: observations.map(({ target, collector, cost, failure }) => ({
      target: target.id,
      collector,
      cost,
      ...(failure ? { failure } : {}),
    })),
    cost: {
      wallSeconds: (finishedAt.getTime() - run.startedAt.getTime()) / 1000,
      cpuSeconds: ownCpuSeconds() - run.cpuSeconds,
      // Linux reports the peak resident set in KiB.
      maxRssBytes: process.resourceUsage().maxRSS * 1024,
    },
  };
}

import type { ComparedRun, LoadKind } from '../model/comparison.ts';
import type { Indicator } from '../model/indicator.ts';
import type { LoadLedger } from '../model/ledger.ts';
import type { LoadResult } from '../model/load.ts';
import type { Distribution } from '../model/observation.ts';
import type { Report } from '../model/report.ts';
import { seriesOfRun } from '../verify/calibrate.ts';
import type { RunConditions } from '../verify/likeness.ts';
import { isClosed, type RunSeries } from '../verify/run-series.ts';

/** What a load was, without what it found. */
export function kindOf(load: LoadResult): LoadKind {
  return {
    url: new URL(load.url).origin,
    // Reports of 0.1.0 do not say; nothing else was spoken then.
    protocol: load.connections?.protocol ?? 'http/1.1',
    shape: load.shape,
    scenario: load.scenario ?? null,
    users: load.users,
    rate: load.rate,
    duration: load.duration,
    endpoints: load.steps.map(({ endpoint }) => endpoint).sort(),
  };
}

/** See `isClosed`. */
export function isClosedKind(kind: LoadKind): boolean {
  return isClosed(kind);
}

/** Id of the target that a run's load went to, as its indicators have it. */
export function loadTargetOf(report: Report): string {
  const judged = report.indicators.find(({ name }) => name.startsWith('load.'));
  return judged?.target ?? report.targets.find(({ integration }) => integration === 'http')?.id ?? 'load';
}

export function conditionsOf(report: Report, name: string): RunConditions {
  const { run, load } = report;
  return {
    id: name,
    host: run.host,
    pitwallVersion: run.pitwallVersion,
    load: load && kindOf(load),
    partial: load?.partial ?? null,
    saturated: load?.saturated ?? false,
    stealRatio: load?.generator.stealRatio ?? null,
  };
}

/** All that a run has to compare: its load block by block, everything else with one value. */
export function seriesOfReport(report: Report): RunSeries[] {
  const { load } = report;
  const about = { target: loadTargetOf(report), closed: load !== null && isClosed(load) };
  const indicators = [...report.indicators, ...costIndicators(report.ledger)];
  return seriesOfRun({ blocks: load?.blocks ?? [], indicators }, about);
}

/** What a request cost, as indicators: `cost.process.cpu.time` and the like. One value a run, and a steady one. */
export function costIndicators(ledger: LoadLedger | null | undefined): Indicator[] {
  return (ledger?.rows ?? []).map(({ target, name, labels, unit, perRequest }) => ({
    target,
    name: `cost.${name}`,
    labels,
    unit,
    direction: 'lower-is-better',
    value: Number.isFinite(perRequest) ? perRequest : null,
    count: ledger!.requests,
  }));
}

/** Response times of the whole run, by endpoint. */
export function responseTimes(load: LoadResult): ReadonlyMap<string, Distribution> {
  return new Map(load.steps.map(({ endpoint, distributions }) => [endpoint, distributions.response]));
}

export function comparedRun(report: Report, name: string): ComparedRun {
  const { run, load } = report;
  return {
    id: run.id,
    command: run.command,
    service: run.service,
    name: name === run.id ? null : name,
    startedAt: run.startedAt,
    host: run.host.name,
    load: load && kindOf(load),
    blocks: load?.blocks?.length ?? 0,
  };
}

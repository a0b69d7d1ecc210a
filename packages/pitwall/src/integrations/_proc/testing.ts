import { join } from 'node:path';
import { setTimeout } from 'node:timers/promises';
import type { Indicator, IndicatorDefinition } from '../../model/indicator.ts';
import type { CollectContext, Collected, Environment } from '../../model/integration.ts';
import type { Fact } from '../../model/observation.ts';
import type { Rule, RuleView } from '../../model/rule.ts';
import type { ProcessStat } from './process-table.ts';

/**
 * For tests: a recorded machine. `before` until somebody sleeps, `after` from then on; the clock jumps with it. So paths have
 * to be taken from the environment at each reading.
 */
export function recordedContext(name: string, window: number): CollectContext {
  const root = join(import.meta.dirname, 'fixtures', name);
  let moment = 'before';
  let clock = 1_800_000_000;
  const environment: Environment = {
    get proc() {
      return join(root, moment, 'proc');
    },
    get sys() {
      return join(root, moment, 'sys');
    },
    now: () => clock,
    async sleep(seconds) {
      clock += seconds;
      moment = 'after';
    },
  };
  return { environment, signal: AbortSignal.timeout(10_000), window };
}

/** For tests: this machine, with a short window. */
export function liveContext(window = 0.2): CollectContext {
  const environment: Environment = {
    proc: '/proc',
    sys: '/sys',
    now: () => Date.now() / 1000,
    sleep: async (seconds, signal) => {
      await setTimeout(seconds * 1000, undefined, { signal });
    },
  };
  return { environment, signal: AbortSignal.timeout(15_000), window };
}

/** For tests: a machine that shows nothing. */
export function emptyContext(): CollectContext {
  return recordedContext('no-such-machine', 1);
}

/** For tests: a sleeping process that has done nothing yet, but for what the test says. */
export function processStat(more: Partial<ProcessStat> = {}): ProcessStat {
  return {
    pid: 1,
    parent: 0,
    name: 'x',
    state: 'S',
    cpuSeconds: 0,
    minorFaults: 0,
    majorFaults: 0,
    threads: 1,
    startTicks: 1,
    ...more,
  };
}

/** The one sample of that name and those labels; fails when there is none. */
export function valueIn(collected: Collected, name: string, labels: Readonly<Record<string, string>> = {}): number {
  const found = collected.samples?.find(
    (sample) => sample.name === name && Object.entries(labels).every(([key, value]) => sample.labels[key] === value),
  );
  if (typeof found?.value !== 'number') {
    throw new Error(`no sample ${name} ${JSON.stringify(labels)}; gaps: ${JSON.stringify(collected.gaps)}`);
  }
  return found.value;
}

/** The reason of the gap about `what`; fails when there is none. */
export function gapIn(collected: Collected, what: string): string {
  const found = collected.gaps?.find((gap) => gap.what === what);
  if (!found) throw new Error(`no gap ${what}; gaps: ${JSON.stringify(collected.gaps)}`);
  return found.why;
}

/** What a rule sees: indicators by name without labels, facts, and its own default thresholds. */
export function viewFor(rule: Rule, values: Readonly<Record<string, number>>, facts: readonly Fact[] = []): RuleView {
  const indicator = (name: string, value: number): Indicator => ({
    target: 't',
    name,
    labels: {},
    unit: '1',
    direction: 'lower-is-better',
    value,
    count: 1,
  });
  return {
    target: { id: 't', integration: rule.id.split('/')[0]!, title: 't' },
    facts: (kind) => facts.filter((fact) => fact.kind === kind),
    allFacts: (kind) => facts.filter((fact) => fact.kind === kind),
    indicators: (name) => (values[name] === undefined ? [] : [indicator(name, values[name])]),
    threshold: (name) => rule.meta.thresholds[name]!.value,
  };
}

/** Values of the indicators without labels; each sample stands for any statistic, since a collector run yields one of each. */
export function indicatorValues(
  definitions: readonly IndicatorDefinition[],
  collected: readonly Collected[],
): Readonly<Record<string, number>> {
  const samples = collected.flatMap((one) => one.samples ?? []);
  const values: Record<string, number> = {};
  for (const { name, from } of definitions) {
    const found = samples.find((sample) => sample.name === from.sample && Object.keys(sample.labels).length === 0);
    if (typeof found?.value === 'number') values[name] = found.value;
  }
  return values;
}

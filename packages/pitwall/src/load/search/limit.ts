import type { Demand, ResourceId, ResourceUse, SearchLimit, SearchStep } from '../../model/search.ts';
import { MOST_ERRORS } from './demand.ts';
import { RESOURCE_TITLES } from './resources.ts';
import { figure, grouped } from './words.ts';

/** Most telling first: what is near the service before what it shares, causes before what follows from them. */
const ORDER: readonly ResourceId[] = [
  'cgroup-cpu',
  'service-cpu',
  'host-cpu',
  'memory',
  'io',
  'disk',
  'open-files',
  'accept-queue',
];
/** Share of a resource's bound below which a limit is far from it. [judgement: what is measured is good to a tenth] */
const FAR = 0.7;

/**
 * What holds a service back, from the steps at and above its limit. `lowestFailing`: the upper end of the answer. First what
 * was used up at that rate, then what was used up beyond it; if nothing was, the demand law tells whether anything could
 * have been: throughput that stops far below 1/D of the busiest resource waits for something that is no resource.
 */
export function limitOf(
  steps: readonly SearchStep[],
  lowestFailing: number | null,
  demands: readonly Demand[],
): SearchLimit {
  const failed = steps
    .filter(({ verdict, rate }) => (verdict === 'fail' || verdict === 'danger') && rate >= (lowestFailing ?? 0))
    .sort((a, b) => a.rate - b.rate);
  if (lowestFailing === null || failed.length === 0) {
    return { kind: 'unknown', resource: null, text: 'No rate failed, so nothing is known to hold the service back.' };
  }
  const used = firstUsedUp(failed);
  if (used) return { kind: 'resource', resource: used.use.resource, text: usedText(used, lowestFailing) };
  if (!failed.some(({ resources }) => resources.some(({ resource }) => resource !== 'connections'))) {
    const text =
      'No host or process was watched, so the resource is not known: add a target with the integration host, and one with process.';
    return { kind: 'unknown', resource: null, text };
  }
  const beyond = failed.filter(isOverloaded);
  if (beyond.length > 0) return waiting(beyond, demands);
  const nearest = demands[0];
  const near = nearest ? ` ${nearestText(nearest)}` : '';
  const text = `No resource was used up and the service kept up with what was sent: it only became slower than the objectives allow.${near}`;
  return { kind: 'latency', resource: nearest?.resource ?? null, text };
}

interface UsedUp {
  readonly use: ResourceUse;
  readonly step: SearchStep;
}

/**
 * At the lowest rate where anything was used up in at least half of the steps: what comes and goes is not what holds the
 * service back. Of several resources there, the most telling one.
 */
function firstUsedUp(steps: readonly SearchStep[]): UsedUp | null {
  const rates = [...new Set(steps.map(({ rate }) => rate))].sort((a, b) => a - b);
  for (const rate of rates) {
    const here = steps.filter((step) => step.rate === rate && step.resources.length > 0);
    for (const resource of ORDER) {
      const used = here.flatMap((step) =>
        step.resources.filter((use) => use.saturated && use.resource === resource).map((use) => ({ use, step })),
      );
      const seen = new Set(used.map(({ step }) => step)).size;
      if (seen > 0 && seen >= here.length / 2) return used[0]!;
    }
  }
  return null;
}

function usedText({ use, step }: UsedUp, lowestFailing: number): string {
  const beyond = step.rate > lowestFailing ? ', above the limit,' : '';
  return `${capital(titleOf(use))}: at ${grouped(step.rate)}/s${beyond} ${use.evidence}.`;
}

/** Sent more than it could do: then throughput is its own limit, and not what was asked for. */
function isOverloaded({ steadiness, resources, errorRatio }: SearchStep): boolean {
  return (
    steadiness === 'growing' || errorRatio > MOST_ERRORS || resources.some(({ resource }) => resource === 'connections')
  );
}

function waiting(beyond: readonly SearchStep[], demands: readonly Demand[]): SearchLimit {
  const most = beyond.reduce((best, step) => (step.throughput > best.throughput ? step : best));
  const knee = `Throughput stopped at ${figure(most.throughput)} requests/s`;
  const [busiest] = demands;
  if (busiest && most.throughput >= FAR * busiest.bound) {
    const text = `${knee}, near to what ${titleOf(busiest)} allows (about ${figure(busiest.bound)}/s), although it was not seen to be used up.`;
    return { kind: 'resource', resource: busiest.resource, text };
  }
  const errors = Object.entries(most.errors).filter(([, times]) => times > 0);
  const failing =
    errors.length > 0 && most.errorRatio > MOST_ERRORS
      ? ` Requests failed (${errors.map(([kind, times]) => `${kind} ${grouped(times)}`).join(', ')}): look for what refuses them.`
      : '';
  const spare = busiest ? ` ${nearestText(busiest)}` : '';
  const text = `${knee} with no resource used up: a lock, a pool or a queue holds it back, not a resource.${spare}${failing}`;
  return { kind: 'waiting', resource: null, text };
}

function nearestText(demand: Demand): string {
  return `The busiest resource, ${titleOf(demand)}, would allow about ${figure(demand.bound)} requests/s.`;
}

function titleOf({ resource, name }: { readonly resource: ResourceId; readonly name: string | null }): string {
  return resource === 'disk' && name ? `the disk ${name}` : RESOURCE_TITLES[resource];
}

const capital = (text: string): string => text[0]!.toUpperCase() + text.slice(1);

import type { Demand, ResourceId, SearchStep } from '../../model/search.ts';
import { median } from '../../stats/quantile.ts';

/** Resources that only the service uses: all of their use is its own. */
const OWN: readonly ResourceId[] = ['service-cpu', 'cgroup-cpu'];
/** Resources that others use as well: what does not grow with the load is theirs. */
const SHARED: readonly ResourceId[] = ['host-cpu', 'disk'];
/** Use below which nothing can be said about a request. [judgement] */
const LEAST_USE = 0.05;
/** Share of the pairs of steps in which the use of a shared resource has to grow with the throughput. [judgement] */
const AGREEMENT = 0.8;
/** Share of failed requests up to which a step says what a request costs: errors cost something else. */
export const MOST_ERRORS = 0.01;

/**
 * What a request costs of each resource, and the most requests a second that follow from it; lowest bound first. Utilisation
 * law: U = X·D, so X ≤ 1/D. Of resources that others use as well, U = a + X·D: the slope is the demand, and only what the
 * others leave can be used, X ≤ (1 − a)/D. From steps that passed when there are any: an overloaded service also spends
 * time on its overload. From the upper half of the throughput where the use is the service's alone.
 * Sources: P. J. Denning, J. P. Buzen, "The operational analysis of queueing network models", ACM Computing Surveys 10 (1978);
 * E. D. Lazowska et al., Quantitative System Performance (1984), ch. 3 and 5.
 */
export function demandsOf(steps: readonly SearchStep[]): Demand[] {
  const usable = steps.filter(
    ({ verdict, throughput, errorRatio }) =>
      (verdict === 'pass' || verdict === 'fail') && throughput > 0 && errorRatio <= MOST_ERRORS,
  );
  const passed = usable.filter(({ verdict }) => verdict === 'pass');
  const chosen = passed.length > 0 ? passed : usable;
  const uses = chosen.flatMap(({ resources, throughput }) => resources.map((use) => ({ ...use, throughput })));
  const groups = Map.groupBy(uses, ({ resource, name }) => JSON.stringify([resource, name]));
  return [...groups.values()]
    .flatMap((group) => {
      const { resource, name } = group[0]!;
      const points = group.flatMap(({ utilisation, throughput }) =>
        utilisation === null ? [] : [{ utilisation, throughput }],
      );
      if (!points.some(({ utilisation }) => utilisation >= LEAST_USE)) return [];
      const found = OWN.includes(resource)
        ? ownDemand(points)
        : SHARED.includes(resource)
          ? sharedDemand(points)
          : null;
      return found ? [{ resource, name, ...found }] : [];
    })
    .sort((a, b) => a.bound - b.bound);
}

interface Point {
  readonly utilisation: number;
  readonly throughput: number;
}

type Found = Pick<Demand, 'demand' | 'bound'> | null;

function ownDemand(points: readonly Point[]): Found {
  const middle = median(points.map(({ throughput }) => throughput));
  const upper = points.filter(({ throughput }) => throughput >= middle);
  const demand = median(upper.map(({ utilisation, throughput }) => utilisation / throughput));
  return demand > 0 ? { demand, bound: 1 / demand } : null;
}

/** Theil–Sen: the median slope of all pairs of steps with different throughput. */
function sharedDemand(points: readonly Point[]): Found {
  const slopes = points.flatMap((b, i) =>
    points
      .slice(0, i)
      .filter((a) => Math.abs(a.throughput - b.throughput) > 0.1 * Math.max(a.throughput, b.throughput))
      .map((a) => (b.utilisation - a.utilisation) / (b.throughput - a.throughput)),
  );
  const growing = slopes.filter((slope) => slope > 0).length;
  if (slopes.length === 0 || growing < AGREEMENT * slopes.length) return null;
  const demand = median(slopes);
  const others = Math.max(0, median(points.map(({ utilisation, throughput }) => utilisation - demand * throughput)));
  return demand > 0 && others < 1 ? { demand, bound: (1 - others) / demand } : null;
}

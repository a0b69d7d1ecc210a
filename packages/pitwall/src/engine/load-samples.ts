import type { LoadEndpoint, LoadResult } from '../model/load.ts';
import type { Fact, Sample } from '../model/observation.ts';

/** A load's result as samples of the loaded target, so that it is judged, stored and compared like everything else. */
export function loadSamples(result: LoadResult, at: number): Sample[] {
  const errors = Object.values(result.errors).reduce((sum, n) => sum + n, 0);
  const samples: Sample[] = [
    { name: 'load.requests.rate', labels: {}, at, value: result.requestsPerSecond },
    { name: 'load.error.ratio', labels: {}, at, value: errors / Math.max(1, result.ok + errors) },
  ];
  for (const step of result.steps) {
    const labels = { endpoint: step.endpoint };
    samples.push(
      { name: 'load.response.duration', labels, at, value: step.distributions.response },
      { name: 'load.service.duration', labels, at, value: step.distributions.service },
    );
  }
  return samples;
}

/** What the load requests, as facts: rules ask whether a change could be proven by it at all. */
export function loadEndpointFacts(endpoints: readonly LoadEndpoint[]): Fact[] {
  return endpoints.map(({ name, method, path, weight }) => ({
    kind: 'load.endpoint',
    key: name,
    value: { method, path, weight },
  }));
}

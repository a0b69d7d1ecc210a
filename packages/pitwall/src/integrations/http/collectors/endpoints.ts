import { PitwallError } from '../../../errors.ts';
import { isUntrusted } from '../../../model/connection-failure.ts';
import { defineCollector } from '../../../model/define.ts';
import type { Collected } from '../../../model/integration.ts';
import type { Fact, Gap, Sample } from '../../../model/observation.ts';
import type { HttpConnection } from '../connection.ts';
import { type ContentSize, measureContent } from '../content.ts';
import type { Exchange } from '../exchange.ts';
import { type EndpointMeasurement, measureEndpoint } from '../measure.ts';
import { type HttpEndpoint, isSafe } from '../options.ts';
import { responseFact } from '../response-fact.ts';

/** Seconds of probing after which the endpoints that are left are given up on. */
const PROBE_SECONDS = 45;
/** Endpoints without any answer after which a service that has not answered yet is taken for dead. */
const SILENT_ENDPOINTS = 2;

/**
 * Requests each endpoint, the kept-alive connection and fresh ones apart. Failures are samples and gaps; only when
 * nothing of the service answers at all does it throw (TARGET_UNREACHABLE, TARGET_UNTRUSTED).
 */
export const endpointsProbe = defineCollector<HttpConnection>({
  id: 'endpoints',
  title: 'Endpoints',
  kind: 'probe',
  cost: 'sends the configured number of requests to each endpoint with a safe method, one after the other, and up to 5 more on new connections',
  timeLimit: PROBE_SECONDS + 15,
  async collect(connection, context): Promise<Collected> {
    const samples: Sample[] = [];
    const facts: Fact[] = [];
    const gaps: Gap[] = [];
    const deadline = performance.now() + PROBE_SECONDS * 1000;
    let reached = false;
    let silent = 0;
    let reason: string | null = null;
    for (const endpoint of connection.options.endpoints) {
      if (!isSafe(endpoint)) {
        gaps.push({ what: endpoint.name, why: `not probed: ${endpoint.method} may change state` });
        continue;
      }
      const seconds = (deadline - performance.now()) / 1000;
      if (seconds <= 0) {
        gaps.push({ what: endpoint.name, why: `not probed: the probe's ${PROBE_SECONDS} s were used up before` });
        continue;
      }
      const measurement = await measureEndpoint(connection, endpoint, seconds, context.signal);
      samples.push(...samplesOf(measurement, context.environment.now()));
      gaps.push(...gapsOf(measurement, connection.options.requests));
      if (measurement.first) {
        reached = true;
        const content = await examine(endpoint, measurement.first);
        if (content.because) gaps.push({ what: `${endpoint.name}: decompressed size`, why: content.because });
        facts.push({
          kind: 'http.response',
          key: endpoint.name,
          value: responseFact(endpoint, measurement.first, content),
        });
      } else {
        silent += 1;
        reason ??= measurement.failures.values().next().value?.example ?? null;
        // Nothing has answered yet: another endpoint of a dead service would only cost another time limit.
        if (!reached && (silent >= SILENT_ENDPOINTS || measurement.dead)) break;
      }
    }
    if (!reached && reason !== null) {
      const code = isUntrusted(reason) ? 'TARGET_UNTRUSTED' : 'TARGET_UNREACHABLE';
      throw new PitwallError(code, { target: connection.options.url, reason });
    }
    return { samples, facts, gaps };
  },
});

async function examine(endpoint: HttpEndpoint, response: Exchange): Promise<ContentSize> {
  if (endpoint.method === 'HEAD') return { decodedBytes: null, gzip: null };
  return measureContent(response.body, response.headers['content-encoding'] ?? '');
}

function samplesOf(measurement: EndpointMeasurement, at: number): Sample[] {
  const { endpoint, durations, phases, failures, attempts, failed, first } = measurement;
  const label = { endpoint: endpoint.name };
  const samples: Sample[] = [];
  for (const [connection, histogram] of Object.entries(durations)) {
    if (histogram.count === 0) continue;
    const value = histogram.toDistribution();
    samples.push({ name: 'http.client.request.duration', labels: { ...label, connection }, at, value });
  }
  for (const [phase, histogram] of phases) {
    const value = histogram.toDistribution();
    samples.push({ name: 'http.client.phase.duration', labels: { ...label, phase }, at, value });
  }
  if (attempts > 0) samples.push({ name: 'http.client.error.ratio', labels: label, at, value: failed / attempts });
  for (const [kind, { count }] of failures) {
    samples.push({ name: 'http.client.errors', labels: { ...label, kind }, at, value: count });
  }
  if (first && endpoint.method !== 'HEAD') {
    samples.push({ name: 'http.client.response.body.size', labels: label, at, value: first.transferred });
  }
  return samples;
}

function gapsOf({ endpoint, attempts, failures, durations, gaveUp }: EndpointMeasurement, requests: number): Gap[] {
  const gaps: Gap[] = [];
  for (const { count, example } of failures.values()) {
    const rest = gaveUp ? '; the rest was not sent' : '';
    gaps.push({ what: endpoint.name, why: `${count} of ${attempts} requests failed: ${example}${rest}` });
  }
  if (durations.reused.count === 0 && durations.fresh.count > 0 && requests > 1) {
    const why = 'the server closes the connection after each response';
    gaps.push({ what: `${endpoint.name}: duration on a kept-alive connection`, why });
  }
  return gaps;
}

import { defineIndicators } from '../../model/define.ts';
import type { IndicatorDefinition, Statistic } from '../../model/indicator.ts';

const DAY = 24 * 3600;

/** Percentiles of a duration sample, as `sample.p95`. */
function percentiles(
  sample: string,
  title: string,
  description: string,
  statistics: readonly Statistic[],
): IndicatorDefinition[] {
  return statistics.map((statistic) => ({
    name: `${sample}.${statistic}`,
    title: `${title}, ${statistic}`,
    unit: 's',
    direction: 'lower-is-better',
    description,
    from: { sample, statistic },
  }));
}

const REQUEST =
  'From asking for the connection to the last byte of the body, of probe requests that succeeded, one at a time. ' +
  'connection=reused is a kept-alive connection, as most requests of a client are; fresh includes DNS, connect and TLS.';

/** http.client.request.duration.p95 alone has limits: those of the runbooks are for the 95th percentile. */
const requestDuration = percentiles('http.client.request.duration', 'Request duration', REQUEST, [
  'p50',
  'p95',
  'p99',
]).map(
  (definition): IndicatorDefinition =>
    definition.from.statistic !== 'p95'
      ? definition
      : {
          ...definition,
          defaultObjective: {
            target: 0.5,
            warning: 1,
            critical: 2,
            source:
              'API response time, 95th percentile: under 500 ms (CVD performance tuning runbook), warning at 1 s, critical ' +
              'at 2 s (Family Management System performance runbook)',
          },
        },
);

const errorObjective = {
  target: 0.001,
  warning: 0.005,
  critical: 0.01,
  source:
    'normal below 0.1 %, critical above 1 % (NovaCron operations runbook, error rate panel); the warning is in the middle',
};

export const indicators = defineIndicators([
  ...requestDuration,
  ...percentiles(
    'http.client.phase.duration',
    'Phase of a request',
    'phase=dns, connect and tls open a fresh connection; first-byte runs from the request being sent to the first byte ' +
      'of the response: what the server itself takes, plus one network round trip.',
    ['p95'],
  ),
  {
    name: 'http.client.error.ratio',
    title: 'Failed probe requests',
    unit: '1',
    direction: 'lower-is-better',
    description:
      'Requests without a response, or with a status of 400 and above (or other than expectStatus), of all sent.',
    from: { sample: 'http.client.error.ratio', statistic: 'last' },
    countsFailures: true,
    defaultObjective: errorObjective,
  },
  {
    name: 'http.client.response.body.size',
    title: 'Response body size',
    unit: 'By',
    direction: 'lower-is-better',
    description: 'Bytes of body as transferred, when compression was offered.',
    from: { sample: 'http.client.response.body.size', statistic: 'last' },
  },
  {
    name: 'http.tls.certificate.remaining',
    title: 'TLS certificate validity left',
    unit: 's',
    direction: 'higher-is-better',
    description: 'Time until the certificate expires; negative when it has.',
    from: { sample: 'http.tls.certificate.remaining', statistic: 'last' },
    defaultObjective: {
      warning: 30 * DAY,
      critical: 7 * DAY,
      source:
        'ACME clients renew a 90-day certificate with 30 days left (https://letsencrypt.org/docs/integration-guide/): ' +
        'less means that renewal has failed; 7 days are a working week to mend it',
    },
  },
  ...percentiles(
    'load.response.duration',
    'Response time under load',
    'From the intended send time to the last byte: waiting caused by earlier slow responses counts.',
    ['p50', 'p95', 'p99'],
  ),
  ...percentiles(
    'load.service.duration',
    'Service time under load',
    'From the first byte sent to the last byte received, however late the request was sent.',
    ['p50'],
  ),
  {
    name: 'load.requests.rate',
    title: 'Throughput under load',
    unit: '1/s',
    direction: 'higher-is-better',
    description: 'Responses per second over the measured part of the load.',
    from: { sample: 'load.requests.rate', statistic: 'last' },
  },
  {
    name: 'load.error.ratio',
    title: 'Failed requests under load',
    unit: '1',
    direction: 'lower-is-better',
    description: 'Timeouts, broken connections and error statuses, of all requests of the load.',
    from: { sample: 'load.error.ratio', statistic: 'last' },
    countsFailures: true,
    defaultObjective: errorObjective,
  },
]);

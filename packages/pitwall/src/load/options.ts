import { PitwallError } from '../errors.ts';
import type { LoadOptions } from '../model/load.ts';
import { requestProblem } from './http1/request.ts';

/** Above these a typing error is likelier than an intention; more users or a higher rate need several machines. */
const MOST = { duration: 86_400, users: 50_000, rate: 1_000_000, workers: 64 } as const;
/** Each endpoint has three histograms of 0.27 MB in each worker: this is 0.8 GB. */
const MOST_ENDPOINTS_TIMES_WORKERS = 1000;

/**
 * Refuses what cannot be run as it was asked for.
 * @throws PitwallError LOAD_OPTIONS_INVALID
 */
export function validateOptions(options: LoadOptions): void {
  const problem = problemOf(options);
  if (problem !== null) throw new PitwallError('LOAD_OPTIONS_INVALID', { problem });
}

function problemOf(options: LoadOptions): string | null {
  const { shape, users, rate, duration, warmup, timeout, workers, endpoints } = options;
  const url = URL.canParse(options.url) ? new URL(options.url) : null;
  if (url === null || !/^https?:$/.test(url.protocol)) return 'the URL must begin with http:// or https://';
  if (url.username !== '' || url.password !== '') return 'the URL must not contain a user name or a password';
  if (url.pathname !== '/' || url.search !== '')
    return 'the URL must end after host and port: paths belong to the endpoints';
  if (!isWhole(users, 1, MOST.users)) return `users must be a whole number from 1 to ${MOST.users}`;
  if (!isWhole(workers, 1, MOST.workers)) return `workers must be a whole number from 1 to ${MOST.workers}`;
  if (!(duration > 0 && duration <= MOST.duration)) return 'the duration must be above 0 and at most 24 h';
  if (!(warmup >= 0 && warmup <= MOST.duration)) return 'the warm-up must be at least 0 and at most 24 h';
  if (!(timeout > 0 && timeout <= 3600)) return 'the timeout must be above 0 and at most 1 h';
  if (shape === 'constant-rate') {
    if (rate === undefined) return 'the shape constant-rate needs a rate';
    if (!(rate > 0 && rate <= MOST.rate)) return `the rate must be above 0 and at most ${MOST.rate} requests/s`;
    if (Math.round(rate * duration) < 1) return `${rate} requests/s for ${duration} s is not even one request`;
  } else if (shape !== 'closed') {
    return 'the shape must be closed or constant-rate';
  }
  if (endpoints.length === 0) return 'there is no endpoint to request';
  if (endpoints.length * workers > MOST_ENDPOINTS_TIMES_WORKERS) {
    return `endpoints times workers must be at most ${MOST_ENDPOINTS_TIMES_WORKERS}`;
  }
  for (const endpoint of endpoints) {
    if (!(endpoint.weight > 0 && Number.isFinite(endpoint.weight))) {
      return `the weight of ${endpoint.name} must be above 0`;
    }
    const reason = requestProblem(endpoint);
    if (reason !== null) return `endpoint ${endpoint.name}: ${reason}`;
  }
  return null;
}

const isWhole = (value: number, least: number, most: number): boolean =>
  Number.isInteger(value) && value >= least && value <= most;

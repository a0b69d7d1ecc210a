import { PitwallError } from '../errors.ts';
import type { LoadOptions } from '../model/load.ts';
import type { Scenario } from '../model/scenario.ts';
import { requestProblem } from './http1/request.ts';
import { feederProblem } from './scenario/feeder.ts';
import { mostUsers, shapeProblem } from './shapes/index.ts';

/** More than this in one process is a typing error. */
const MOST_WORKERS = 64;
/**
 * Each step has eight histograms in each worker, of pages that come when a value falls into them (stats/histogram.ts): some 50 KiB
 * where times span six powers of two, so that this is 0.4 GB.
 */
const MOST_STEPS_TIMES_WORKERS = 1000;

/**
 * Refuses what cannot be run as it was asked for.
 * @throws PitwallError LOAD_OPTIONS_INVALID
 */
export function validateOptions(options: LoadOptions): void {
  const problem = problemOf(options);
  if (problem !== null) throw new PitwallError('LOAD_OPTIONS_INVALID', { problem });
}

/** What is typed by people is looked at again here: they may ask for what there is not. */
function protocolProblem(protocol: string = 'http1'): string | null {
  if (protocol === 'http3') return 'HTTP/3 is not supported, because Node has no stable QUIC yet; use http2 or http1';
  return protocol === 'http1' || protocol === 'http2' ? null : `the protocol must be http1 or http2, not ${protocol}`;
}

/** Workers share no connections. `workers`: on all machines. Part of a sentence; null when there are enough for them. */
export function sharingProblem({ protocol, connections }: LoadOptions, workers: number): string | null {
  if (protocol !== 'http2' || connections === undefined || connections >= workers) return null;
  return `each of the ${workers} workers needs a connection of its own, and connections is ${connections}`;
}

function scenarioProblem(scenario: Scenario, users: number, workers: number): string | null {
  const steps = scenario.flows.flatMap((flow) => flow.steps);
  if (steps.length === 0) return 'the scenario has no steps';
  if (steps.length * workers > MOST_STEPS_TIMES_WORKERS) {
    return `steps times workers must be at most ${MOST_STEPS_TIMES_WORKERS}`;
  }
  for (const feeder of scenario.feeders) {
    const problem = feederProblem(feeder, users);
    if (problem !== null) return problem;
  }
  return null;
}

function problemOf(options: LoadOptions): string | null {
  const { timeout, workers, endpoints, scenario, connections } = options;
  const url = URL.canParse(options.url) ? new URL(options.url) : null;
  if (url === null || !/^https?:$/.test(url.protocol)) return 'the URL must begin with http:// or https://';
  if (url.username !== '' || url.password !== '') return 'the URL must not contain a user name or a password';
  if (url.pathname !== '/' || url.search !== '')
    return 'the URL must end after host and port: paths belong to the endpoints';
  const shape = shapeProblem(options);
  if (shape !== null) return shape;
  if (!isWhole(workers, 1, MOST_WORKERS)) return `workers must be a whole number from 1 to ${MOST_WORKERS}`;
  if (!(timeout > 0 && timeout <= 3600)) return 'the timeout must be above 0 and at most 1 h';
  const protocol = protocolProblem(options.protocol);
  if (protocol !== null) return protocol;
  if (connections !== undefined && !isWhole(connections, 1, mostUsers(options))) {
    return 'connections must be a whole number from 1 to the number of users';
  }
  const shared = sharingProblem(options, Math.min(workers, mostUsers(options)));
  if (shared !== null) return shared;
  const flows = scenario ? scenario.flows.length : endpoints.length;
  if (options.trace?.flow.some((flow) => flow >= flows)) {
    return `the trace names more flows than the ${flows} that there are to request`;
  }
  if (scenario) return scenarioProblem(scenario, mostUsers(options), workers);
  if (endpoints.length === 0) return 'there is no endpoint to request';
  if (endpoints.length * workers > MOST_STEPS_TIMES_WORKERS) {
    return `endpoints times workers must be at most ${MOST_STEPS_TIMES_WORKERS}`;
  }
  for (const endpoint of endpoints) {
    if (!(endpoint.weight > 0 && Number.isFinite(endpoint.weight))) {
      return `the weight of ${endpoint.name} must be above 0`;
    }
    const reason = requestProblem(endpoint, options.protocol);
    if (reason !== null) return `endpoint ${endpoint.name}: ${reason}`;
  }
  return null;
}

const isWhole = (value: number, least: number, most: number): boolean =>
  Number.isInteger(value) && value >= least && value <= most;

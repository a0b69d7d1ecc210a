import { PitwallError } from '../errors.ts';
import { closest } from '../model/closest.ts';
import type { ShapeOptions } from '../model/shape.ts';

/** A load of one of the runbooks, as data. */
export interface Preset {
  readonly name: string;
  readonly title: string;
  /** Number of the runbook in runbooks/, and what it calls this load. */
  readonly source: { readonly runbook: '000' | '001' | '002' | '003' | '004'; readonly called: string };
  readonly shape: Partial<ShapeOptions>;
  /** Whether each endpoint is loaded by itself, one after the other, with `iterations` each. */
  readonly eachEndpoint?: true;
  /** Where the runbook is wrong, and what is done instead; null where it is done as written. */
  readonly instead: string | null;
}

/** The runbooks' programs count requests and wait for them however long that takes; nobody waits longer than this (s). */
export const LONGEST_COUNTED_RUN = 600;

/** Of a runbook: its number, and what it calls the load. */
type Source = readonly [runbook: Preset['source']['runbook'], called: string];

/** N requests by so many users, all of them measured: no warm-up, which would send more than N. */
function counted(iterations: number, users: number): Partial<ShapeOptions> {
  return { shape: 'closed', users, iterations, duration: LONGEST_COUNTED_RUN, warmup: 0 };
}

/** So many requests in all, by users who take the next one when they are done with theirs. */
function requests(name: string, [runbook, called]: Source, iterations: number, users: number, instead: string): Preset {
  const title = `${iterations} requests by ${users} users`;
  return { name, title, source: { runbook, called }, shape: counted(iterations, users), instead };
}

/** So many requests for each user. */
function requestsEach(called: string, users: number, each: number, more = ''): Preset {
  return {
    name: `users-${users}x${each}`,
    title: `${users} users with ${each} requests each`,
    source: { runbook: '003', called: `${called}: ${users} users, ${each} requests` },
    shape: counted(users * each, users),
    instead: ONE_AT_A_TIME + more,
  };
}

/** Users with the think time of runbook 002 for so many minutes, started evenly within 10 s that do not count. */
function thinkingUsers(name: string, called: string, users: number, minutes: number): Preset {
  const rampUp = 10;
  const [min, max] = [0.5, 2];
  const thinkTime = { distribution: 'uniform', min, max } as const;
  return {
    name,
    title: `${users} users with ${min} to ${max} s between requests, for ${minutes} minutes after ${rampUp} s of ramp-up`,
    source: { runbook: '002', called },
    shape: { shape: 'closed', users, rampUp, thinkTime, duration: minutes * 60, warmup: rampUp },
    instead: RAMP_COUNTED,
  };
}

const HEALTH_ONLY =
  'The runbook requests /health alone, which does none of the work of the service: give the endpoints that your users ask for. From so few requests no p99 can be told; for figures to compare, load for a time (--duration).';
const ONE_AT_A_TIME =
  'The runbook starts all requests of all users at once, lets 50 connections through whatever the number of users, counts the wait for one as response time, and divides by the sum of the response times where it says requests per second. Here so many users send one request after the other, and the rate is that of the run.';
const RAMP_COUNTED =
  'The runbook counts the ramp-up, when there are fewer users, as if all of them were there, and ends each user after its own time, so that the end is thinner too. Here the ramp-up does not count, and all users stay until the end.';

export const PRESETS: readonly Preset[] = [
  requests(
    'light',
    ['000', 'light'],
    50,
    10,
    `The runbook asks for 10 requests, 50 at a time: ab refuses that, and 40 of the 50 would have nothing to do. The two numbers are the other way round here, as in its other loads. ${HEALTH_ONLY}`,
  ),
  requests('moderate', ['000', 'moderate'], 100, 20, HEALTH_ONLY),
  requests('heavy', ['000', 'heavy'], 500, 50, HEALTH_ONLY),
  requests(
    'stress',
    ['000', 'stress'],
    1000,
    100,
    `${HEALTH_ONLY} A load that is meant to find the limit is a search: --search.`,
  ),
  {
    name: 'per-endpoint',
    title: '100 requests by 50 users to each endpoint, one endpoint after the other',
    source: { runbook: '001', called: 'load-test.py --requests 100 --concurrent 50' },
    shape: counted(100, 50),
    eachEndpoint: true,
    instead:
      'The runbook takes the time from when a request got its turn, so that waiting for one is in no number, and reports mean and median of the requests that worked. Here time counts from the intended start, and failures are in the percentiles. Its POST to an endpoint is only sent when you configure it: it changes data.',
  },
  thinkingUsers('normal', 'Normal Load', 100, 5),
  thinkingUsers('peak', 'Peak Load', 500, 10),
  thinkingUsers('peak-stress', 'Stress Test', 1000, 5),
  requestsEach('/health', 50, 20),
  requestsEach('/family/my-families', 20, 10),
  requestsEach('/family/123/sbd-account', 15, 10),
  requestsEach(
    '/family/create',
    10,
    5,
    ' The runbook leaves the families that it creates in the database: end the flow of the scenario with a delete step. Steps of cleanUp run once for each user, so they know the last family alone.',
  ),
  requests(
    'batch',
    ['004', 'load_test_requests'],
    1000,
    50,
    'The runbook calls a function of its own process from 50 threads and reports the throughput alone. Here the requests go to the service as its clients send them, and latency is measured too.',
  ),
];

/** A preset by its name. @throws PitwallError PRESET_UNKNOWN, with what was probably meant */
export function presetNamed(name: string): Preset {
  const found = PRESETS.find((preset) => preset.name === name);
  if (found) return found;
  const names = PRESETS.map((preset) => preset.name);
  const meant = closest(name, names);
  throw new PitwallError('PRESET_UNKNOWN', {
    name,
    instead: meant === null ? `there are ${names.join(', ')}` : `did you mean ${meant}?`,
  });
}

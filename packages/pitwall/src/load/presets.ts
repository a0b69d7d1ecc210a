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

/** The runbooks' programs count requests and wait for them however long that takes; nobody waits longer than this. */
const LONGEST_COUNTED_RUN = 600;

/** N requests by so many users, all of them measured: no warm-up, which would send more than N. */
function counted(iterations: number, users: number): Partial<ShapeOptions> {
  return { shape: 'closed', users, iterations, duration: LONGEST_COUNTED_RUN, warmup: 0 };
}

/** Users with the think time of runbook 002, started evenly within 10 s that do not count. */
function thinkingUsers(users: number, duration: number): Partial<ShapeOptions> {
  const rampUp = 10;
  const thinkTime = { distribution: 'uniform', min: 0.5, max: 2 } as const;
  return { shape: 'closed', users, rampUp, thinkTime, duration, warmup: rampUp };
}

const HEALTH_ONLY =
  'The runbook requests /health alone, which does none of the work of the service: give the endpoints that your users ask for. From so few requests no p99 can be told; for figures to compare, load for a time (--duration).';
const ONE_AT_A_TIME =
  'The runbook starts all requests of all users at once, lets 50 connections through whatever the number of users, counts the wait for one as response time, and divides by the sum of the response times where it says requests per second. Here so many users send one request after the other, and the rate is that of the run.';
const RAMP_COUNTED =
  'The runbook counts the ramp-up, when there are fewer users, as if all of them were there, and ends each user after its own time, so that the end is thinner too. Here the ramp-up does not count, and all users stay until the end.';

export const PRESETS: readonly Preset[] = [
  {
    name: 'light',
    title: '50 requests by 10 users',
    source: { runbook: '000', called: 'light' },
    shape: counted(50, 10),
    instead: `The runbook asks for 10 requests, 50 at a time: ab refuses that, and 40 of the 50 would have nothing to do. The two numbers are the other way round here, as in its other loads. ${HEALTH_ONLY}`,
  },
  {
    name: 'moderate',
    title: '100 requests by 20 users',
    source: { runbook: '000', called: 'moderate' },
    shape: counted(100, 20),
    instead: HEALTH_ONLY,
  },
  {
    name: 'heavy',
    title: '500 requests by 50 users',
    source: { runbook: '000', called: 'heavy' },
    shape: counted(500, 50),
    instead: HEALTH_ONLY,
  },
  {
    name: 'stress',
    title: '1000 requests by 100 users',
    source: { runbook: '000', called: 'stress' },
    shape: counted(1000, 100),
    instead: `${HEALTH_ONLY} A load that is meant to find the limit is a search: --search.`,
  },
  {
    name: 'per-endpoint',
    title: '100 requests by 50 users to each endpoint, one endpoint after the other',
    source: { runbook: '001', called: 'load-test.py --requests 100 --concurrent 50' },
    shape: counted(100, 50),
    eachEndpoint: true,
    instead:
      'The runbook takes the time from when a request got its turn, so that waiting for one is in no number, and reports mean and median of the requests that worked. Here time counts from the intended start, and failures are in the percentiles. Its POST to an endpoint is only sent when you configure it: it changes data.',
  },
  {
    name: 'normal',
    title: '100 users with 0.5 to 2 s between requests, for 5 minutes after 10 s of ramp-up',
    source: { runbook: '002', called: 'Normal Load' },
    shape: thinkingUsers(100, 300),
    instead: RAMP_COUNTED,
  },
  {
    name: 'peak',
    title: '500 users with 0.5 to 2 s between requests, for 10 minutes after 10 s of ramp-up',
    source: { runbook: '002', called: 'Peak Load' },
    shape: thinkingUsers(500, 600),
    instead: RAMP_COUNTED,
  },
  {
    name: 'peak-stress',
    title: '1000 users with 0.5 to 2 s between requests, for 5 minutes after 10 s of ramp-up',
    source: { runbook: '002', called: 'Stress Test' },
    shape: thinkingUsers(1000, 300),
    instead: RAMP_COUNTED,
  },
  {
    name: 'users-50x20',
    title: '50 users with 20 requests each',
    source: { runbook: '003', called: '/health: 50 users, 20 requests' },
    shape: counted(1000, 50),
    instead: ONE_AT_A_TIME,
  },
  {
    name: 'users-20x10',
    title: '20 users with 10 requests each',
    source: { runbook: '003', called: '/family/my-families: 20 users, 10 requests' },
    shape: counted(200, 20),
    instead: ONE_AT_A_TIME,
  },
  {
    name: 'users-15x10',
    title: '15 users with 10 requests each',
    source: { runbook: '003', called: '/family/123/sbd-account: 15 users, 10 requests' },
    shape: counted(150, 15),
    instead: ONE_AT_A_TIME,
  },
  {
    name: 'users-10x5',
    title: '10 users with 5 requests each',
    source: { runbook: '003', called: '/family/create: 10 users, 5 requests' },
    shape: counted(50, 10),
    instead: `${ONE_AT_A_TIME} The runbook leaves the families that it creates in the database: give the scenario cleanUp steps.`,
  },
  {
    name: 'batch',
    title: '1000 requests by 50 users',
    source: { runbook: '004', called: 'load_test_requests' },
    shape: counted(1000, 50),
    instead:
      'The runbook calls a function of its own process from 50 threads and reports the throughput alone. Here the requests go to the service as its clients send them, and latency is measured too.',
  },
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

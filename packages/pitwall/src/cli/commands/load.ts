import { type Command, TARGET_OPTIONS } from '../command.ts';

export const command: Command = {
  name: 'load',
  positionals: '',
  minPositionals: 0,
  maxPositionals: 0,
  description:
    'Sends the configured requests, measures latency from the moment each request should have been sent, and judges the result. Beside the load it watches host and processes. Without --rate the shape is closed (each user has one request in flight); with --rate requests are sent at a constant rate whatever the service does. Load goes to loopback, or to hosts named in load.allow.',
  examples: [
    ['pitwall load', 'the load of pitwall.yaml'],
    ['pitwall load --users 50 --duration 30s', '50 connections, one request in flight each'],
    ['pitwall load --rate 200 --duration 1m', '200 requests a second, come what may'],
    ['pitwall load --url http://127.0.0.1:8080 --endpoint / --users 10', 'without a configuration file'],
  ],
  options: {
    ...TARGET_OPTIONS,
    users: { value: 'N', help: 'connections (closed), or the most that may be open (rate)' },
    rate: { value: 'R', help: 'requests per second: constant rate' },
    duration: { value: 'DURATION', help: 'how long it counts' },
    warmup: { value: 'DURATION', help: 'before that, not counted' },
    workers: { value: 'W', help: 'worker threads' },
    details: { help: 'also list every rule that found nothing, and why' },
    strict: { help: 'exit 1 also when an objective is only in warning' },
  },
};

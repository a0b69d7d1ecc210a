import { assessSession } from '../engine/check.ts';
import { runConfiguredLoad } from '../engine/load.ts';
import { makeReport, startRun } from '../engine/make-report.ts';
import { EXIT, PitwallError } from '../errors.ts';
import { parseDuration } from '../model/units.ts';
import type { Command } from './command.ts';
import { allOf, emitReport, flag, numberFlag, TARGET_OPTIONS, text, wholeNumber, withWorkspace } from './context.ts';

export const command: Command = {
  name: 'load',
  summary: 'generate load and judge it',
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
  run: (invocation) =>
    withWorkspace(invocation, async ({ session, store, progress }) => {
      const run = startRun();
      const number = (name: string, parse: (value: string) => number | null, expected: string) =>
        numberFlag(invocation, name, parse, expected);
      const users = number('users', wholeNumber, 'a whole number of connections');
      const rate = number('rate', Number, 'requests per second');
      const duration = number('duration', parseDuration, 'a duration such as 30s');
      const workers = number('workers', wholeNumber, 'a whole number of threads');
      const warmup = text(invocation, 'warmup') === '0' ? 0 : number('warmup', parseDuration, 'a duration such as 2s');
      const { result, observations } = await runConfiguredLoad(session, {
        signal: invocation.signal,
        watch: true,
        overrides: {
          ...(users === undefined ? {} : { users }),
          ...(rate === undefined ? {} : { rate, shape: 'constant-rate' }),
          ...(duration === undefined ? {} : { duration }),
          ...(workers === undefined ? {} : { workers }),
          ...(warmup === undefined ? {} : { warmup }),
        },
        onTick: (tick) =>
          progress.step(
            `${tick.at.toFixed(0).padStart(4)} s  ${tick.completed} requests/s  p50 ${ms(tick.p50)}  p99 ${ms(tick.p99)}  ${tick.errors} errors`,
          ),
      });
      progress.done();
      const assessment = assessSession(session, observations);
      const report = makeReport({
        run,
        command: 'load',
        service: session.config.service.name,
        targets: session.targets.map(({ target }) => target),
        observations,
        // A load measures less than a check: what it did not look at is not reported as missing.
        assessment: {
          ...assessment,
          verdicts: assessment.verdicts.filter(({ status }) => status !== 'no-data'),
          rules: assessment.rules.filter(({ status }) => status !== 'no-data'),
        },
        load: result,
      });
      await allOf(
        () => emitReport(report, invocation),
        () => store.saveRun(report, observations),
      );
      // The report has them all; a message that names the first one is read.
      if (!result.valid) throw new PitwallError('LOAD_INVALID', { reason: result.invalidBecause[0]! });
      const bad = flag(invocation, 'strict') ? ['critical', 'warning'] : ['critical'];
      return report.verdicts.some(({ status }) => bad.includes(status)) ? EXIT.critical : EXIT.ok;
    }),
};

function ms(seconds: number): string {
  return `${(seconds * 1000).toFixed(1)} ms`;
}

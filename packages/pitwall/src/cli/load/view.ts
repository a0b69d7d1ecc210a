import type { LoadOptions, LoadResult, LoadTick } from '../../model/load.ts';
import type { Report } from '../../model/report.ts';
import { loadTitle } from '../../report/content/load.ts';
import type { Invocation } from '../command.ts';
import { flag } from '../context.ts';
import { createLiveView, type LiveExtra } from '../live/live-view.ts';
import { openTickStream } from '../live/stream.ts';
import { withoutSecrets } from '../secrets.ts';
import { countText, type LoadCourse, partsText } from './course.ts';

export interface LoadView {
  tick(tick: LoadTick, extra?: LiveExtra): void;
  /** Something worth keeping beside the numbers. */
  note(said: string): void;
  /** Takes the view away; the stream stays open for `end`. May be called more than once. `duration`: measured seconds. */
  done(duration?: number): void;
  /**
   * How it ended, as the last line of the stream.
   * @throws PitwallError FILE_UNWRITABLE when a line of it could not be written
   */
  end(report: Report, result: LoadResult): void;
}

/**
 * What is seen of a load while it runs: the live view on stderr, and the stream that --stream asks for. `course`: of `courseOf`.
 * @throws PitwallError USAGE (--json and --stream - together), FILE_UNWRITABLE
 */
export function createLoadView(
  invocation: Invocation,
  options: LoadOptions,
  service: string,
  course: LoadCourse,
): LoadView {
  const stream = openTickStream(invocation);
  const { shape, users, duration, url } = options;
  const rate = options.rate ?? null;
  const named = {
    ...(options.scenario ? { scenario: options.scenario.name } : {}),
    ...(course.count === null ? {} : { count: countText(options.iterations!, course) }),
    ...(course.parts > 1 ? { each: partsText(course) } : {}),
    ...(course.peakUsers === null ? {} : { peakUsers: course.peakUsers }),
  };
  const view = createLiveView({
    stream: process.stderr,
    columns: () => process.stderr.columns ?? 80,
    rows: () => process.stderr.rows ?? 24,
    isTerminal: process.stderr.isTTY === true,
    quiet: flag(invocation, 'quiet'),
    color: process.stderr.isTTY === true && !flag(invocation, 'no-color') && !process.env.NO_COLOR,
    clean: withoutSecrets,
    planned: {
      title: `${service}: ${loadTitle({ shape, users, duration, url, rate, ...named })}`,
      duration: duration * course.parts,
      ...(course.count === null ? {} : { requests: course.flows ? null : course.count }),
      flows: course.flows,
      // The base of a spike or a ramp is not what is planned at every moment.
      rate: shape === 'constant-rate' || shape === 'poisson' ? rate : null,
      users,
    },
  });
  stream?.start(service, options, course, new Date());
  return {
    tick(tick, extra = {}) {
      view.tick(tick, extra);
      stream?.tick(tick, extra);
    },
    note(said) {
      view.note(said);
      stream?.note(said);
    },
    done: (duration) => view.done(duration),
    end(report, result) {
      stream?.end(report, result);
      stream?.close();
    },
  };
}

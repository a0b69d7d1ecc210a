import { closeSync, mkdirSync, openSync, writeSync } from 'node:fs';
import { dirname, resolve } from 'node:path';
import { PitwallError, reasonOf } from '../../errors.ts';
import type { LoadOptions, LoadResult, LoadTick } from '../../model/load.ts';
import type { Report } from '../../model/report.ts';
import type { Invocation } from '../command.ts';
import { flag, print, text } from '../context.ts';
import type { LoadCourse } from '../load/course.ts';
import { withoutSecrets } from '../secrets.ts';
import type { LiveExtra } from './frame.ts';

/**
 * The load as it happens, one JSON object a line (https://jsonlines.org). Public contract: fields are only ever added.
 *
 *     {"type":"start", "schemaVersion":1, "service", "url", "shape", "scenario", "users", "rate", "duration", "warmup",
 *      "iterations", "loads", "startedAt"}
 *     {"type":"tick", …LoadTick, "loopUtilisation", "late", "targetRate"}     once a second of the measured part
 *     {"type":"note", "text"}
 *     {"type":"end", "run", "valid", "invalidBecause", "endedBy", "partial", "planned", "sent", "ok", "errors",
 *      "requestsPerSecond", "latency"}
 *
 * Loads that run one after the other (endpoints of a preset) are "loads"; "duration" is that of each, and "iterations", where a number
 * of them ends it and the duration is only the most that it may take, of all together. Units are the Report's: seconds, bytes, ratios 0–1. What is not known is null.
 */
export interface TickStream {
  start(service: string, options: LoadOptions, course: Pick<LoadCourse, 'count' | 'parts'>, startedAt: Date): void;
  tick(tick: LoadTick, extra?: LiveExtra): void;
  note(said: string): void;
  end(report: Report, result: LoadResult): void;
  /**
   * Closes the file; may be called more than once.
   * @throws PitwallError FILE_UNWRITABLE when a line could not be written: the load went on without
   */
  close(): void;
}

interface Sink {
  write(line: string): void;
  close(): void;
}

/**
 * The stream that `--stream FILE` or `--stream -` asks for, opened before anything is measured; null without one.
 * @throws PitwallError USAGE (--json and --stream - together), FILE_UNWRITABLE
 */
export function openTickStream(invocation: Invocation): TickStream | null {
  const target = text(invocation, 'stream');
  if (target === undefined) return null;
  if (target !== '-') return createTickStream(fileSink(target));
  if (flag(invocation, 'json')) {
    throw new PitwallError('USAGE', {
      what: '--json and --stream - would both write to stdout: give one of them a file (--out report.json, --stream ticks.jsonl).',
      command: invocation.command,
    });
  }
  return createTickStream({ write: print, close() {} });
}

/** Lines go to `sink`, whole and each with one write. */
export function createTickStream(sink: Sink): TickStream {
  const say = (line: Readonly<Record<string, unknown>>): void => sink.write(`${JSON.stringify(line)}\n`);
  return {
    start(service, { url, shape, scenario, users, rate, duration, warmup }, { count, parts }, startedAt) {
      say({
        type: 'start',
        schemaVersion: 1,
        service,
        url,
        shape,
        scenario: scenario?.name ?? null,
        users,
        rate: rate ?? null,
        duration,
        warmup,
        iterations: count,
        loads: parts,
        startedAt: startedAt.toISOString(),
      });
    },
    tick: (tick, extra = {}) => say({ type: 'tick', ...tick, ...extra }),
    note: (said) => say({ type: 'note', text: said }),
    end(report, result) {
      const { valid, invalidBecause, endedBy, partial, planned, sent, ok, errors, requestsPerSecond, latency } = result;
      const { id: run } = report.run;
      say({
        type: 'end',
        run,
        valid,
        invalidBecause,
        endedBy,
        partial,
        planned,
        sent,
        ok,
        errors,
        requestsPerSecond,
        latency,
      });
    },
    close: () => sink.close(),
  };
}

/** A file that is made anew, with its folder. A line that cannot be written does not end the load: `close` says it. */
function fileSink(file: string): Sink {
  const failed = (error: unknown) =>
    new PitwallError('FILE_UNWRITABLE', { file, reason: reasonOf(error) }, { cause: error });
  let failure: PitwallError | null = null;
  let open: number | null = null;
  try {
    mkdirSync(dirname(resolve(file)), { recursive: true });
    open = openSync(file, 'w');
  } catch (error) {
    throw failed(error);
  }
  return {
    write(line) {
      if (open === null || failure !== null) return;
      try {
        writeSync(open, withoutSecrets(line));
      } catch (error) {
        failure = failed(error);
      }
    },
    close() {
      if (open === null) return;
      closeSync(open);
      open = null;
      if (failure !== null) throw failure;
    },
  };
}

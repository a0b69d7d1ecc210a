import { PitwallError } from '../../errors.ts';
import type { Trace } from '../../model/shape.ts';
import { readLines } from './access-log/read-lines.ts';
import { readingFile } from './reading.ts';
import { numberAt, own } from './untrusted.ts';

/**
 * A trace: recorded arrival times, for the shape of that name. JSON lines, one an arrival, in order:
 *
 *     {"at":0,"flow":"GET /"}
 *     {"at":0.0125,"flow":"GET /users/:id"}
 *
 * `at`: seconds since the first arrival, ≥ 0, never less than on the line before. `flow`: name of a flow of the scenario that it
 * is replayed with; may be missing where there is one flow only. Other keys are ignored.
 */
export function traceLine(at: number, flow: string): string {
  // Microseconds: finer than any log.
  return `${JSON.stringify({ at: Number(at.toFixed(6)), flow })}\n`;
}

/** 80 MB of arrivals. A longer log is cut, or replayed in parts. */
export const MOST_ARRIVALS = 8_000_000;
/** Trace.flow has 16 bits. */
const MOST_FLOWS = 65_535;

/**
 * Reads a trace. `flows`: names of the scenario's flows (or of endpoints) in its order, which `Trace.flow` then points into; without it, flows are
 * numbered as they first appear.
 * @throws PitwallError TRACE_INVALID, naming the line, and CONFIG_UNREADABLE
 */
export async function readTrace(file: string, flows?: readonly string[], signal?: AbortSignal): Promise<Trace> {
  const numbers = new Map((flows ?? []).map((name, index) => [name, index]));
  let at = new Float64Array(1024);
  let flow = new Uint16Array(1024);
  let count = 0;
  let number = 0;
  let before = 0;
  const refuse = (problem: string) => new PitwallError('TRACE_INVALID', { file, line: number, problem });
  const flowOf = (name: unknown): number => {
    if (name === undefined && (flows?.length ?? 1) === 1) return 0;
    if (typeof name !== 'string') throw refuse('expected "flow", the name of a flow');
    const known = numbers.get(name);
    if (known !== undefined) return known;
    if (flows) throw refuse(`there is nothing of the name ${JSON.stringify(name.slice(0, 100))} to request`);
    if (numbers.size >= MOST_FLOWS) throw refuse(`there are more than ${MOST_FLOWS} flows`);
    numbers.set(name, numbers.size);
    return numbers.size - 1;
  };
  const take = (line: string): undefined => {
    number++;
    if (count >= MOST_ARRIVALS) throw refuse(`it has more than ${MOST_ARRIVALS} arrivals`);
    const arrival = parsed(line);
    const seconds = numberAt(arrival, 'at');
    if (seconds === null || seconds < 0) throw refuse('expected {"at": seconds, "flow": "name"}');
    if (seconds < before) throw refuse('it is earlier than the line before');
    before = seconds;
    if (count === at.length) {
      at = grown(at, new Float64Array(count * 2));
      flow = grown(flow, new Uint16Array(count * 2));
    }
    at[count] = seconds;
    flow[count] = flowOf(own(arrival, 'flow'));
    count++;
  };
  await readingFile(file, () => readLines(file, take, signal));
  if (count === 0) throw refuse('it has no arrival');
  return { at: at.slice(0, count), flow: flow.slice(0, count) };
}

function parsed(line: string): unknown {
  try {
    return JSON.parse(line);
  } catch {
    return null;
  }
}

function grown<T extends Float64Array | Uint16Array>(from: T, to: T): T {
  to.set(from);
  return to;
}

import type { StepBody } from '../../model/scenario.ts';
import { isSafeMethod } from './draft.ts';
import type { ImportNotes } from './notes.ts';
import { type RecordedBody, recordedBody } from './recorded-body.ts';
import { recordedHeaders } from './recorded-headers.ts';
import { recordedPath, shownPath } from './recorded-path.ts';
import type { Recording } from './recording.ts';
import { counted } from './words.ts';

export interface RecordedRequest {
  readonly method: string;
  readonly url: URL;
  readonly headers: readonly (readonly [name: string, value: string])[];
  readonly body: RecordedBody | null;
}

/** What scenario files take. */
const LONGEST_PATH = 8000;

/** What a recorded request becomes, before it has its place among the others. */
export interface CarriedRequest {
  readonly method: string;
  readonly path: string;
  readonly headers: Map<string, string>;
  readonly body: StepBody | null;
}

/** The request as a step sends it; null, with a note, when it makes no sense without what was not recorded. */
export function recordedStep(request: RecordedRequest, recording: Recording): CarriedRequest | null {
  const { method, url } = request;
  const path = recordedPath(url, recording);
  const where = stepName({ method, path });
  if (path.length > LONGEST_PATH) {
    recording.notes.leaveOut('request', 'its path and query are longer than 8000 characters', where);
    return null;
  }
  const { headers, contentType } = recordedHeaders(request.headers, recording);
  if (request.body === null) return { method, path, headers: new Map(headers), body: null };
  const type = request.body.contentType ?? contentType;
  const carried = recordedBody({ ...request.body, contentType: type }, recording);
  if (carried.missing !== undefined) {
    recording.notes.leaveOut('request with a body', carried.missing, where);
    return null;
  }
  const all = new Map(headers);
  if (carried.contentType !== null) all.set('content-type', carried.contentType);
  return { method, path, headers: all, body: carried.body };
}

/** How a step is called, by its path as a template. Two with the same name get a number. */
export function stepName({ method, path }: Pick<CarriedRequest, 'method' | 'path'>): string {
  const plain = path.replace(/\?.*$/s, '').replace(/\{\{([^{}|]{1,100})\}\}/g, ':$1');
  return `${method} ${shownPath(plain)}`;
}

/** What was answered when it was recorded. Without conditional headers nothing is answered by 304. */
export function recordedStatus(status: number): readonly number[] {
  return status === 304 ? [200] : status >= 100 && status <= 599 ? [status] : [];
}

/** Says which of the steps change data: at every turn of every user. */
export function remarkWrites(
  steps: readonly { readonly name: string; readonly method: string }[],
  notes: ImportNotes,
): void {
  const writes = steps.filter(({ method }) => !isSafeMethod(method));
  if (writes.length === 0) return;
  const shown = writes.slice(0, 4).map(({ name }) => name);
  const names = `${shown.join(', ')}${writes.length > shown.length ? ', …' : ''}`;
  notes.remark(
    `${counted(writes.length, 'step')} may change data at every turn (${names}): run it against a copy, or add cleanUp.`,
  );
}

import type { Step } from '../../model/scenario.ts';
import { checksOf, extractionOf } from './answer.ts';
import { bodyOf } from './body.ts';
import { add, type StepContext } from './context.ts';
import { METHOD_KEYS, type StepInput } from './step-schema.ts';

/** A step out of what was written, or null after adding what is wrong with it. Templates are looked at later. */
export function buildStep(written: StepInput, context: StepContext): Step | null {
  const before = context.problems.length;
  const request = requestLine(written, context);
  const body = bodyOf(written, context);
  const extract = Object.entries(written.extract ?? {}).map(([as, each]) => extractionOf(as, each, context));
  const checks = checksOf(written.check ?? {}, context);
  if (context.problems.length > before || request === null) return null;
  const { method, path } = request;
  return {
    name: written.name ?? `${method} ${path}`.slice(0, 200),
    method,
    path,
    headers: written.headers ?? {},
    body,
    thinkTime: written.think ?? null,
    expected: written.expected ?? null,
    extract: extract.filter((each) => each !== null),
    checks,
    tags: written.tags ?? {},
  };
}

function requestLine(
  written: StepInput,
  context: StepContext,
): { readonly method: string; readonly path: string } | null {
  const given = METHOD_KEYS.filter((key) => written[key] !== undefined);
  const [key, second] = given;
  if (key === undefined) {
    if (written.path === undefined) {
      const example = written.method === undefined ? 'get: /path' : `${written.method.toLowerCase()}: /path`;
      return add(context, [], `it has no request: expected a key such as ${example}`);
    }
    return { method: written.method ?? 'GET', path: written.path };
  }
  if (second !== undefined)
    return add(context, [second], `a step is one request, and this one has ${key} already`, 'key');
  for (const other of ['method', 'path'] as const) {
    if (written[other] !== undefined)
      return add(context, [other], `${key} says it already: leave out one of the two`, 'key');
  }
  return { method: key.toUpperCase(), path: written[key]! };
}

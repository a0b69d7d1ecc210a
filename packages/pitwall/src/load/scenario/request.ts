import type { HttpProtocol } from '../../model/load.ts';
import type { Step } from '../../model/scenario.ts';
import type { PlainRequest } from '../channel.ts';
import { requestProblem } from '../http1/request.ts';
import { type CompiledBody, compileBody } from './body.ts';
import type { Scope } from './scope.ts';
import { compileTemplate, type Names, ScenarioMistake, type Template, TemplateProblem } from './template.ts';

export interface CompiledRequest {
  /** When nothing in it varies. */
  readonly fixed: PlainRequest | null;
  /** Throws TemplateProblem. */
  build(scope: Scope): PlainRequest;
}

/** Compiles method, path, headers and body of a step. Throws ScenarioMistake. `shared`: headers of the whole scenario. */
export function compileRequest(
  step: Step,
  shared: Readonly<Record<string, string>>,
  names: Names,
  { capture, seed, protocol }: { readonly capture: boolean; readonly seed: number; readonly protocol: HttpProtocol },
): CompiledRequest {
  const method = step.method.toUpperCase();
  const body = step.body && within('the body', () => compileBody(step.body!, names, seed));
  const path = within('the path', () => compileTemplate(step.path, 'path', names));
  const headers = headersOf(step, shared, body).map(
    ([name, text]) => [name, within(`the header ${name}`, () => compileTemplate(text, 'header', names))] as const,
  );
  const render = (scope: Scope): PlainRequest => ({
    method,
    path: rooted(path.render(scope)),
    headers: Object.fromEntries(headers.map(([name, template]) => [name, template.render(scope)])),
    body: body?.render(scope) ?? null,
    capture,
  });
  const varying: readonly Pick<Template, 'isConstant'>[] = [path, ...headers.map(([, template]) => template)];
  const isConstant = varying.every((each) => each.isConstant) && (body === null || body.isConstant);
  const fixed = isConstant ? render(NOBODY) : null;
  const sample = fixed ?? { method, path: '/', headers: Object.fromEntries(headers.map(([name]) => [name, ''])) };
  const problem = requestProblem(sample, protocol);
  if (problem !== null) throw new ScenarioMistake(problem);
  return { fixed, build: fixed === null ? render : () => fixed };
}

/** For templates in which nothing varies. */
const NOBODY: Scope = { values: {}, user: 0, iteration: 0, random: () => 0, now: () => 0, uuid: () => '' };

/** A step's own headers go before what its body says, and that before the headers of the scenario. */
function headersOf(step: Step, shared: Readonly<Record<string, string>>, body: CompiledBody | null) {
  const fields = new Map<string, readonly [name: string, text: string]>();
  const put = (name: string, text: string) => fields.set(name.toLowerCase(), [name, text]);
  for (const [name, text] of Object.entries(shared)) put(name, text);
  if (body?.contentType != null) put('Content-Type', body.contentType);
  for (const [name, text] of Object.entries(step.headers)) {
    if (body?.ownsType !== true || name.toLowerCase() !== 'content-type') put(name, text);
  }
  return [...fields.values()];
}

/** Only a path that a `|raw` value begins can turn out not to be one. */
function rooted(path: string): string {
  if (path.startsWith('/')) return path;
  throw new TemplateProblem('the path does not begin with /');
}

/** The request with the cookies of a jar, after those that the step writes itself; the same one when there are none. */
export function withCookies(request: PlainRequest, cookies: string): PlainRequest {
  if (cookies === '') return request;
  const { headers } = request;
  const own = Object.keys(headers).find((name) => name.toLowerCase() === 'cookie');
  const header = own === undefined ? { Cookie: cookies } : { [own]: `${headers[own]}; ${cookies}` };
  return { ...request, headers: { ...headers, ...header } };
}

function within<T>(place: string, work: () => T): T {
  try {
    return work();
  } catch (error) {
    throw error instanceof ScenarioMistake ? new ScenarioMistake(`${place}: ${error.message}`) : error;
  }
}

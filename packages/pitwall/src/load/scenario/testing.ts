/** Parts of scenarios for tests. */
import type { Flow, Scenario, Step } from '../../model/scenario.ts';
import type { CapturedResponse } from '../channel.ts';
import { Answer } from './answer.ts';
import { UserScope } from './scope.ts';

export function step(more: Partial<Step> = {}): Step {
  return {
    name: 'step',
    method: 'GET',
    path: '/',
    headers: {},
    body: null,
    thinkTime: null,
    expected: null,
    extract: [],
    checks: [],
    tags: {},
    ...more,
  };
}

export function flow(steps: readonly Step[], more: Partial<Flow> = {}): Flow {
  return { name: 'flow', weight: 1, steps, ...more };
}

export function scenario(more: Partial<Scenario> = {}): Scenario {
  return {
    name: 'test',
    flows: [],
    feeders: [],
    variables: {},
    headers: {},
    cookies: false,
    oncePerUser: [],
    cleanUp: [],
    ...more,
  };
}

/** A scope with these values, of user 1 with seed 1. */
export function scopeWith(values: Readonly<Record<string, string>> = {}): UserScope {
  const scope = new UserScope(0, 1);
  Object.assign(scope.values, values);
  return scope;
}

/** An answer with this body; a map or list becomes JSON. */
export function answer(
  body: unknown,
  { status = 200, responseTime = 0.1, ...more }: Partial<CapturedResponse> & { responseTime?: number } = {},
): Answer {
  const bytes = Buffer.from(typeof body === 'string' ? body : JSON.stringify(body));
  return new Answer(status, responseTime, {
    status,
    headers: [],
    body: bytes,
    size: bytes.length,
    truncated: false,
    ...more,
  });
}

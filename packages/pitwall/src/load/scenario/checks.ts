import { isDeepStrictEqual } from 'node:util';
import type { Check } from '../../model/scenario.ts';
import type { Answer } from './answer.ts';
import type { JsonPath } from './json-path.ts';
import { Pattern } from './pattern.ts';

/** What must hold of an answer. */
export interface CompiledCheck {
  readonly name: string;
  /** Whether it looks at headers or body, which have to be kept for it. */
  readonly needsCapture: boolean;
  holds(answer: Answer): boolean;
}

const NONE: readonly number[] = [];

/** Indexes of the checks that fail; the same empty list whenever all hold. */
export function failedChecks(checks: readonly CompiledCheck[], answer: Answer): readonly number[] {
  let failed: number[] | null = null;
  for (let i = 0; i < checks.length; i++) {
    if (checks[i]!.holds(answer)) continue;
    failed ??= [];
    failed.push(i);
  }
  return failed ?? NONE;
}

/** Compiles a check. Throws what `jsonPath` throws. `jsonPath` is only asked for paths. */
export function compileCheck(check: Check, jsonPath: (path: string) => JsonPath): CompiledCheck {
  const needsCapture = check.kind !== 'status' && check.kind !== 'latency';
  return { name: check.name, needsCapture, holds: conditionOf(check, jsonPath) };
}

function conditionOf(check: Check, jsonPath: (path: string) => JsonPath): (answer: Answer) => boolean {
  switch (check.kind) {
    case 'status': {
      const accepted = new Set(check.in);
      return ({ status }) => accepted.has(status);
    }
    case 'header': {
      const name = check.header.toLowerCase();
      if (check.matches === null) return (answer) => answer.header(name).length > 0;
      const pattern = new Pattern(check.matches);
      return (answer) => answer.header(name).some((value) => pattern.exec(value) !== null);
    }
    case 'jsonpath': {
      const path = jsonPath(check.path);
      const find = ({ data }: Answer) => data && path.first(data.value);
      if (!('equals' in check)) return (answer) => find(answer) !== null;
      return (answer) => {
        const found = find(answer);
        return found !== null && isDeepStrictEqual(found.value, check.equals);
      };
    }
    case 'body': {
      const pattern = new Pattern(check.matches);
      return ({ text }) => pattern.exec(text) !== null;
    }
    case 'size':
      return ({ size }) => size >= check.min && size <= check.max;
    case 'latency':
      return ({ responseTime }) => responseTime <= check.max;
  }
}

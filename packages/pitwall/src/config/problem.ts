import { PitwallError, printable } from '../errors.ts';

/** Where in the file something is: keys and list positions from the top. */
export type KeyPath = readonly (string | number)[];

/** One thing that is wrong with the configuration, as the end of a sentence that begins with its key. */
export interface Problem {
  readonly path: KeyPath;
  /** Whether the key itself is wrong (unknown, misplaced) or its value. */
  readonly at: 'key' | 'value';
  readonly problem: string;
  /** Set when a secret could not be read; `problem` is then the reason. */
  readonly reference?: string;
  /** Set when it is in another file than the one that is read. */
  readonly document?: DocumentPlace;
}

/** A file, and how places in it are found. */
export interface DocumentPlace {
  readonly file: string;
  locate(path: KeyPath, at: Problem['at']): Position;
}

/** 1-based. */
export interface Position {
  readonly line: number;
  readonly column: number;
}

/** More would scroll the first one, which is often the cause of the rest, off the screen. */
const MOST_PROBLEMS = 20;

/** `targets.web.endpoints[2].path`; keys that contain a dot, a bracket or a space are quoted. */
export function formatPath(path: KeyPath): string {
  let text = '';
  for (const part of path) {
    if (typeof part === 'number') text += `[${part}]`;
    else if (/[.[\]\s"]/.test(part) || part === '') text += `[${JSON.stringify(part)}]`;
    else text += text === '' ? part : `.${part}`;
  }
  return text === '' ? 'the file' : text;
}

/** What was found, without giving a credential in a URL away. `value` is as written: secrets are still references. */
export function describeFound(value: unknown): string {
  if (value === undefined || value === null) return 'nothing';
  if (Array.isArray(value)) return 'a list';
  if (typeof value === 'object') return 'a map';
  if (typeof value !== 'string') return String(value);
  const text = printable(value).replace(/\/\/[^/@\s]*@/g, '//…@');
  return `"${text.length > 60 ? `${text.slice(0, 59)}…` : text}"`;
}

/**
 * One error for all problems: the first in the file is its message, the others follow in `also`, other files last. What is wrong
 * in a scenario (`scenario`: all of the file is one) has a code of its own, because another page describes it.
 */
export function configurationError(
  problems: readonly Problem[],
  file: string,
  locate: (path: KeyPath, at: Problem['at']) => Position,
  scenario = false,
): PitwallError {
  const main: DocumentPlace = { file, locate };
  const files = [main, ...new Set(problems.flatMap(({ document }) => document ?? []))];
  const located = problems
    .map(({ document = main, ...problem }) => ({
      ...problem,
      file: document.file,
      nth: files.indexOf(document),
      code:
        scenario || document !== main || isInScenario(problem.path)
          ? ('SCENARIO_INVALID' as const)
          : ('CONFIG_INVALID' as const),
      ...document.locate(problem.path, problem.at),
    }))
    .sort((a, b) => a.nth - b.nth || a.line - b.line || a.column - b.column);
  const errors = located.slice(0, MOST_PROBLEMS).map(({ code, file, path, line, column, problem, reference }) => {
    const where = { file, line, column, key: formatPath(path) };
    return reference === undefined
      ? ({ code, details: { ...where, problem } } as const)
      : ({ code: 'CONFIG_SECRET_MISSING', details: { ...where, reference, reason: problem } } as const);
  });
  const also = errors.slice(1).map(({ code, details }) => new PitwallError(code, details).message);
  if (located.length > MOST_PROBLEMS) also.push(`… and ${located.length - MOST_PROBLEMS} more.`);
  return new PitwallError(errors[0]!.code, errors[0]!.details, { also });
}

/** Inside of the scenario that pitwall.yaml holds. */
function isInScenario([section, key, ...rest]: KeyPath): boolean {
  return section === 'load' && key === 'scenario' && rest.length > 0;
}

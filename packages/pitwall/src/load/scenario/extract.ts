import type { Extraction, ResponseSource } from '../../model/scenario.ts';
import type { Answer } from './answer.ts';
import type { JsonPath } from './json-path.ts';
import { Pattern } from './pattern.ts';
import { parseSetCookie } from './set-cookie.ts';

/** Takes one value out of an answer. */
export interface Extractor {
  readonly as: string;
  readonly fallback: string | undefined;
  /** What was looked for, for messages. */
  readonly source: string;
  find(answer: Answer): string | null;
}

/** A value longer than this is no id or token, and would be kept for every user. */
const LONGEST = 64 * 1024;

/** Compiles an extraction. Throws what `jsonPath` throws. `jsonPath` is only asked for paths. */
export function compileExtraction(extraction: Extraction, jsonPath: (path: string) => JsonPath): Extractor {
  const find = finderOf(extraction, jsonPath);
  return {
    as: extraction.as,
    fallback: extraction.fallback,
    source: describe(extraction),
    find(answer) {
      const value = find(answer);
      return value !== null && value.length <= LONGEST ? value : null;
    },
  };
}

/**
 * Writes what the extractors find into `values`. Returns null, or a sentence without full stop about the first that found
 * nothing and has no fallback: then the iteration cannot go on.
 */
export function extractAll(
  extractors: readonly Extractor[],
  answer: Answer,
  values: Record<string, string>,
): string | null {
  for (const { as, fallback, source, find } of extractors) {
    const value = find(answer) ?? fallback;
    if (value === undefined) return `there is no ${source} for {{${as}}}${answer.truncated ? TRUNCATED : ''}`;
    values[as] = value;
  }
  return null;
}

const TRUNCATED = ' in the part of the body that is kept';

function finderOf(source: ResponseSource, jsonPath: (path: string) => JsonPath): (answer: Answer) => string | null {
  switch (source.from) {
    case 'jsonpath': {
      const path = jsonPath(source.path);
      return ({ exactData }) => textOf(exactData && path.first(exactData.value)?.value);
    }
    case 'regex': {
      const pattern = new Pattern(source.pattern);
      return ({ text }) => pattern.exec(text)?.[source.group] ?? null;
    }
    case 'header': {
      const name = source.name.toLowerCase();
      return (answer) => answer.header(name)[0] ?? null;
    }
    case 'cookie':
      // The last one wins, as in a jar.
      return (answer) =>
        answer
          .header('set-cookie')
          .map(parseSetCookie)
          .findLast((cookie) => cookie?.name === source.name)?.value ?? null;
  }
}

/** Of JSON data; null for null and for nothing. */
function textOf(value: unknown): string | null {
  if (value === undefined || value === null) return null;
  return typeof value === 'string' ? value : JSON.stringify(value);
}

function describe(source: ResponseSource): string {
  switch (source.from) {
    case 'jsonpath':
      return source.path;
    case 'regex':
      return `match of ${source.pattern}`;
    case 'header':
      return `header ${source.name}`;
    case 'cookie':
      return `cookie ${source.name}`;
  }
}

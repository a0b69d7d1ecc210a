import { isSecretName, looksPersonal, looksSecret } from '../secrets.ts';
import { segmentKind } from '../segment.ts';

/** A request target, taken apart, with its secrets already gone. */
export interface CleanTarget {
  /** Decoded. */
  readonly segments: readonly string[];
  /** Which segments are ids; parallel to `segments`. */
  readonly ids: readonly boolean[];
  /** Decoded, in the order sent. */
  readonly query: readonly (readonly [key: string, value: string])[];
  /** Path and query as sent, without what was dropped. */
  readonly text: string;
  /** Names of query keys whose values were dropped. */
  readonly dropped: readonly string[];
}

export type TargetProblem = 'secret' | 'too-deep' | 'too-long' | 'malformed';

/** Deeper paths are attacks or crawlers gone wrong; a template of one says nothing. */
const MOST_SEGMENTS = 16;
const MOST_KEYS = 24;
const LONGEST = 2048;

/**
 * Takes `/a/b?c=d` apart. A query value that may be a secret (its key says so, or it looks like one) goes with its key; a
 * secret in the path cannot be taken out, so the whole target is refused.
 */
export function cleanTarget(target: string): CleanTarget | TargetProblem {
  if (target.length > LONGEST) return 'too-long';
  const hash = target.indexOf('#');
  const sent = hash < 0 ? target : target.slice(0, hash);
  const mark = sent.indexOf('?');
  const path = mark < 0 ? sent : sent.slice(0, mark);
  const raw = path.slice(1).split('/');
  if (raw.length > MOST_SEGMENTS) return 'too-deep';
  const segments: string[] = [];
  const ids: boolean[] = [];
  for (const part of raw) {
    const segment = decode(part);
    if (segment === null) return 'malformed';
    const kind = segmentKind(segment, segments.at(-1) ?? '');
    if (kind === 'secret') return 'secret';
    segments.push(segment);
    ids.push(kind === 'id');
  }
  if (mark < 0) return { segments, ids, query: [], text: path, dropped: [] };
  const query = cleanQuery(sent.slice(mark + 1));
  if (query === null) return 'malformed';
  const text = query.kept.length === 0 ? path : `${path}?${query.kept.join('&')}`;
  return { segments, ids, query: query.pairs, text, dropped: query.dropped };
}

interface CleanQuery {
  readonly kept: readonly string[];
  readonly pairs: readonly (readonly [key: string, value: string])[];
  readonly dropped: readonly string[];
}

function cleanQuery(text: string): CleanQuery | null {
  const kept: string[] = [];
  const pairs: (readonly [string, string])[] = [];
  const dropped: string[] = [];
  const parts = text.split('&');
  if (parts.length > MOST_KEYS) return null;
  for (const part of parts) {
    if (part === '') continue;
    const equals = part.indexOf('=');
    const key = decode(spaced(equals < 0 ? part : part.slice(0, equals)));
    const value = decode(spaced(equals < 0 ? '' : part.slice(equals + 1)));
    if (key === null || value === null) return null;
    if (isSecretName(key) || looksSecret(value) || looksSecret(key) || looksPersonal(value) || looksPersonal(key)) {
      dropped.push(looksSecret(key) || looksPersonal(key) ? 'a key that is a value' : key);
    } else {
      kept.push(part);
      pairs.push([key, value]);
    }
  }
  return { kept, pairs, dropped };
}

function spaced(text: string): string {
  return text.includes('+') ? text.replaceAll('+', ' ') : text;
}

function decode(text: string): string | null {
  if (!text.includes('%')) return text;
  try {
    return decodeURIComponent(text);
  } catch {
    return null;
  }
}

import { templatePath } from './literal.ts';
import { shorten } from './notes.ts';
import type { Recording } from './recording.ts';
import { segmentKind } from './segment.ts';

/** Path and query of a recorded URL as a template: as they were sent, but for values that must not or need not be copied. */
export function recordedPath(url: URL, recording: Recording): string {
  const path = url.pathname
    .split('/')
    .map((raw) => {
      const value = decoded(raw);
      const use = value === null || value === '' ? null : recording.use(value, '', 'path');
      return use?.as === 'variable' ? `{{${use.name}}}` : templatePath(raw);
    })
    .join('/');
  const query =
    url.search.length > 1
      ? `?${url.search
          .slice(1)
          .split('&')
          .map((pair) => queryPair(pair, recording))
          .join('&')}`
      : '';
  return `${path}${query}`;
}

function queryPair(pair: string, recording: Recording): string {
  const equals = pair.indexOf('=');
  if (equals < 0) return templatePath(pair);
  const name = decoded(pair.slice(0, equals).replaceAll('+', ' '));
  const value = decoded(pair.slice(equals + 1).replaceAll('+', ' '));
  if (name === null || value === null) return templatePath(pair);
  const use = recording.use(value, name, 'query');
  return use.as === 'variable' ? `${templatePath(pair.slice(0, equals))}={{${use.name}}}` : templatePath(pair);
}

/** A path for names and reports: without its query, ids and what may be secret as `:id`. */
export function shownPath(path: string): string {
  const segments = path.split('/').map((raw) => decoded(raw) ?? raw);
  const shown = segments.map((segment, index) =>
    segment === '' || segmentKind(segment, segments[index - 1] ?? '') === 'name' ? segment : ':id',
  );
  return shorten(shown.join('/'), 120);
}

function decoded(text: string): string | null {
  try {
    return decodeURIComponent(text);
  } catch {
    return null;
  }
}

import { literal } from './literal.ts';
import type { Recording } from './recording.ts';
import { isSecretName, looksSecret } from './secrets.ts';
import { isUnsafeKey } from './untrusted.ts';

/** Why a header of a recorded request is not sent again. */
const DROPPED: readonly (readonly [names: RegExp, what: string, reason: string])[] = [
  [
    /^(?:host|content-length|connection|keep-alive|proxy-connection|te|trailer|transfer-encoding|upgrade|http2-settings|expect|:.*)$/,
    'header of the connection',
    'the generator writes its own',
  ],
  [
    /^cookie2?$/,
    'cookie',
    'the jar of each user keeps what the service sets; cookies from before the recording are missing',
  ],
  [
    /^(?:if-none-match|if-modified-since|if-match|if-unmodified-since|if-range)$/,
    'conditional header',
    'it asks about a copy that a new user does not have',
  ],
  [
    /^(?:cache-control|pragma)$/,
    'cache header',
    'browsers send it on reload, and it goes round the caches that are to be measured',
  ],
  [
    /^(?:sec-ch-.*|sec-fetch-.*|sec-gpc|sec-purpose|dnt|priority|upgrade-insecure-requests|purpose|x-client-data|x-chrome-.*|proxy-authorization)$/,
    "header of the browser's own",
    'services seldom look at it',
  ],
];

/** What a browser sends with everything comes from no response, whatever looks alike. */
const ORDINARY = /^(?:accept(?:-.*)?|user-agent|origin|referer)$/;

/** RFC 9110 §5.6.2. */
const TOKEN = /^[!#$%&'*+\-.^_`|~0-9A-Za-z]{1,200}$/;
/** RFC 9110 §5.5. */
const FIELD_VALUE = /^[\t\u0020-\u007e\u0080-\u00ff]*$/;

export interface RecordedHeaders {
  /** Templates, names in lower case. */
  readonly headers: ReadonlyMap<string, string>;
  /** As recorded; null when there was none. */
  readonly contentType: string | null;
}

/** The headers of a recorded request that are sent again. What is dropped is noted. */
export function recordedHeaders(
  recorded: readonly (readonly [name: string, value: string])[],
  recording: Recording,
): RecordedHeaders {
  const headers = new Map<string, string>();
  let contentType: string | null = null;
  for (const [given, value] of recorded) {
    const name = given.toLowerCase();
    const dropped = DROPPED.find(([names]) => names.test(name));
    if (dropped) recording.notes.leaveOut(dropped[1], dropped[2], name === 'cookie' ? undefined : name.slice(0, 60));
    else if (!TOKEN.test(name) || isUnsafeKey(name) || value.length > 8192) {
      recording.notes.leaveOut('header', 'its name is none, or its value is longer than 8 KiB', name);
    } else if (headers.has(name))
      recording.notes.leaveOut('header', 'a step has each header once; the first is kept', name);
    else if (name === 'content-type') contentType = value;
    else {
      const text = headerText(name, value, recording);
      if (FIELD_VALUE.test(text)) headers.set(name, text);
      else recording.notes.leaveOut('header', 'it has characters that a header cannot have', name);
    }
  }
  return { headers, contentType };
}

function headerText(name: string, value: string, recording: Recording): string {
  if (name === 'authorization') return authorization(value, recording);
  const special = ORDINARY.test(name) ? null : recording.rule(value, name, 'header');
  if (special?.as === 'reference') return special.text;
  if (special?.as === 'variable') return `{{${special.name}}}`;
  if (isSecretName(name)) return recording.text(value, name, 'header');
  if (looksSecret(value)) return recording.secrets.reference(name, value, `header ${name}`);
  // The page that a request came from: its path and query may hold what is secret.
  const url = /^https?:\/\//i.test(value) ? URL.parse(value) : null;
  if (url === null || url.href === `${url.origin}/`) return literal(value);
  if (name !== 'origin')
    recording.notes.leaveOut('URL in a header', 'only its origin is kept: the rest may be secret', name);
  return literal(name === 'origin' ? url.origin : `${url.origin}/`);
}

/** The scheme stays; what follows comes from an earlier response or from the environment. */
function authorization(value: string, recording: Recording): string {
  const [, scheme, token] = /^([A-Za-z][\w-]{0,30}) +(\S.*)$/.exec(value) ?? [];
  const use = recording.rule(token ?? value, 'authorization', 'header');
  const before = scheme === undefined ? '' : `${scheme} `;
  if (use?.as === 'reference') return `${before}${use.text}`;
  if (use?.as === 'variable') return `${before}{{${use.name}}}`;
  return recording.secrets.authorization(value, 'header Authorization');
}

/** Headers that all of these have with the same value: they can be said once, for the whole scenario. */
export function sharedHeaders(all: readonly ReadonlyMap<string, string>[]): ReadonlyMap<string, string> {
  const [first, ...rest] = all;
  if (!first || rest.length === 0) return new Map();
  return new Map([...first].filter(([name, value]) => rest.every((headers) => headers.get(name) === value)));
}

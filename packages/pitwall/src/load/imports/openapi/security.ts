import type { Recording } from '../recording.ts';
import { listOf, mapOf, own, textAt, type UnknownMap } from '../untrusted.ts';
import type { References } from './refs.ts';

/** What an operation needs to be let in, with references to environment variables in place of secrets. */
export interface Credentials {
  readonly headers: ReadonlyMap<string, string>;
  /** Names of query keys, and the variables that hold their values. */
  readonly query: readonly (readonly [key: string, variable: string])[];
}

/** Security of an operation (or, where it says nothing, of the document): the first way that it names. */
export function credentialsOf(
  document: UnknownMap,
  operation: UnknownMap,
  references: References,
  recording: Recording,
): Credentials {
  const ways = listOf(own(operation, 'security') ?? own(document, 'security')).map((way) => mapOf(way) ?? {});
  const headers = new Map<string, string>();
  const query: (readonly [string, string])[] = [];
  // An empty way means that it is open to everybody.
  const [first] = ways.some((way) => Object.keys(way).length === 0) ? [] : ways;
  if (ways.length > 1 && first) {
    recording.notes.remark('Where there are several ways to log in, the first one is written.');
  }
  const schemes = own(own(document, 'components'), 'securitySchemes');
  for (const name of Object.keys(first ?? {})) {
    const scheme = references.resolve(own(schemes, name));
    if (scheme === null) recording.notes.leaveOut('security scheme', 'it is not described', name);
    else apply(name, scheme, { headers, query }, recording);
  }
  return { headers, query };
}

function apply(
  name: string,
  scheme: UnknownMap,
  { headers, query }: { headers: Map<string, string>; query: (readonly [string, string])[] },
  recording: Recording,
): void {
  const reference = (wanted: string, purpose: string) => recording.secrets.reference(wanted, name, purpose);
  const type = textAt(scheme, 'type');
  const key = textAt(scheme, 'name') ?? name;
  const place = textAt(scheme, 'in');
  const httpScheme = textAt(scheme, 'scheme')?.toLowerCase();
  if (type === 'apiKey' && place === 'header' && /^[\w-]{1,100}$/.test(key)) {
    headers.set(key.toLowerCase(), reference(key, `security scheme ${name}`));
  } else if (type === 'apiKey' && place === 'cookie' && /^[\w-]{1,100}$/.test(key)) {
    headers.set('cookie', `${key}=${reference(key, `cookie of the security scheme ${name}`)}`);
  } else if (type === 'apiKey' && place === 'query') {
    query.push([key, recording.secretVariable(reference(key, `query key of the security scheme ${name}`), key)]);
  } else if (type === 'http' && httpScheme === 'basic') {
    headers.set('authorization', `Basic ${reference('BASIC_CREDENTIALS', `${name}: base64 of user:password`)}`);
  } else if (type === 'http' && httpScheme === 'bearer') {
    headers.set('authorization', `Bearer ${reference('BEARER_TOKEN', `security scheme ${name}`)}`);
  } else if (type === 'oauth2' || type === 'openIdConnect') {
    headers.set('authorization', `Bearer ${reference('ACCESS_TOKEN', `access token of ${name} (${type})`)}`);
    recording.notes.remark(`${name}: get an access token before the run, or with a step under oncePerUser.`);
  } else {
    const what = `${type ?? 'unknown'}${httpScheme === undefined ? '' : ` ${httpScheme}`}`.slice(0, 60);
    recording.notes.leaveOut('security scheme', `a scenario does not have it (${what})`, name);
  }
}

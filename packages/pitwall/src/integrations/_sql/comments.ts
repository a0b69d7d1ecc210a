/** What an application says about a statement in its comments. */
export interface CommentTags {
  /** `GET /orders/:id`, `orders#show`: what the statement was asked for; null: no comment says. */
  readonly endpoint: string | null;
  /** W3C trace context, as it was given; null: none, or not of that form. */
  readonly traceparent: string | null;
  /** All tags, decoded. Hostile text. */
  readonly tags: Readonly<Record<string, string>>;
}

const NOTHING: CommentTags = { endpoint: null, traceparent: null, tags: {} };

/** More tags, or longer ones, are not what any tool writes. */
const MOST_TAGS = 32;
const LONGEST = 512;
const LONGEST_COMMENT = 8192;

/** sqlcommenter: https://google.github.io/sqlcommenter/spec/ . Values in quotes, URL-encoded, quotes inside with a backslash. */
const QUOTED = /(?:^|,)\s*([^\s=,'"]{1,200})\s*=\s*'((?:[^'\\]|\\.)*)'\s*(?=,|$)/gs;
/** marginalia, and Rails' query log tags in their older form: https://github.com/basecamp/marginalia */
const PLAIN = /(?:^|,)\s*([A-Za-z_][\w.-]{0,63}):(?!\s)((?:(?!,\s*[A-Za-z_][\w.-]{0,63}:).)*)/gs;
const TRACEPARENT = /^[0-9a-f]{2}-(?!0{32})[0-9a-f]{32}-(?!0{16})[0-9a-f]{16}-[0-9a-f]{2}/;

/** Tags in comments, given with their signs (`/* … *\/`, `-- …`). Never throws; what is not of a known form says nothing. */
export function tagsOf(comments: readonly string[]): CommentTags {
  const tags = new Map<string, string>();
  for (const comment of comments) {
    for (const [key, value] of pairsIn(bodyOf(comment))) {
      if (tags.size < MOST_TAGS && !tags.has(key)) tags.set(key, value.slice(0, LONGEST));
    }
  }
  if (tags.size === 0) return NOTHING;
  const traceparent = tags.get('traceparent') ?? null;
  return {
    endpoint: endpointOf(tags),
    traceparent: traceparent !== null && TRACEPARENT.test(traceparent) ? traceparent : null,
    tags: Object.fromEntries(tags),
  };
}

function bodyOf(comment: string): string {
  const body = comment.startsWith('/*') ? comment.replace(/^\/\*[*!+]*/, '').replace(/\*+\/$/, '') : comment.slice(2);
  return body.slice(0, LONGEST_COMMENT).trim();
}

function pairsIn(body: string): readonly (readonly [string, string])[] {
  const quoted = [...body.matchAll(QUOTED)];
  if (quoted.length > 0) {
    return quoted.map(([, key, value]) => [decoded(key!), decoded(value!.replace(/\\(['\\])/g, '$1'))]);
  }
  // A sentence with a colon in it is no tag: the whole comment has to be of that form.
  if (!/^[A-Za-z_][\w.-]*:[^\s,]/.test(body)) return [];
  return [...body.matchAll(PLAIN)].map(([, key, value]) => [key!, value!.trim()]);
}

/** Percent-decoded; as it is where the encoding is broken. `+` stays: the specification encodes spaces as %20. */
function decoded(text: string): string {
  try {
    return decodeURIComponent(text);
  } catch {
    return text;
  }
}

/**
 * The route (with the method, where it is not part of it), or the controller and its action, or the job. Names are those of
 * sqlcommenter, OpenTelemetry, Rails and Django.
 */
function endpointOf(tags: ReadonlyMap<string, string>): string | null {
  const first = (...keys: readonly string[]) => keys.map((key) => tags.get(key)).find((value) => value);
  const route = first('route', 'http.route', 'endpoint', 'http_route', 'path');
  if (route !== undefined) {
    const method = first('method', 'http.method', 'http.request.method', 'http_method');
    return method !== undefined && !/^[A-Z]+ /.test(route) ? `${method.toUpperCase()} ${route}` : route;
  }
  const controller = first('controller', 'namespaced_controller', 'controller_with_namespace');
  const action = first('action');
  if (controller !== undefined) return action === undefined ? controller : `${controller}#${action}`;
  return action ?? first('job', 'rpc', 'task', 'command') ?? null;
}

import { parseDuration } from '../../../model/units.ts';
import { mapOf, own } from '../untrusted.ts';
import { FormatProblem } from './line-format.ts';
import type { LineReader, LogRecord, ReadLine } from './record.ts';
import { parseClfTime, parseIsoTime, parseRequestLine, requestOf } from './record.ts';

/** What a JSON log line says, by meaning. */
type JsonField =
  | 'time'
  | 'request'
  | 'method'
  | 'target'
  | 'query'
  | 'status'
  | 'bytes'
  | 'duration'
  | 'client'
  | 'agent'
  | 'host';

/**
 * Where each is found, first match wins: Caddy, Elastic Common Schema, Google Cloud's httpRequest, Traefik, pino-http,
 * Envoy's usual JSON format, and what people call nginx variables in `escape=json` formats. A dot goes into a map, unless the
 * name with the dot is there as it is.
 */
const PATHS: Readonly<Record<JsonField, readonly string[]>> = {
  time: [
    'msec',
    'ts',
    'time',
    '@timestamp',
    'timestamp',
    'time_iso8601',
    'time_local',
    'StartUTC',
    'start_time',
    'date',
  ],
  request: ['request', 'request_line', 'http_request'],
  method: [
    'request.method',
    'req.method',
    'http.request.method',
    'httpRequest.requestMethod',
    'method',
    'request_method',
    'RequestMethod',
    'http_method',
    'verb',
  ],
  target: [
    'request.uri',
    'req.url',
    'url.original',
    'url.path',
    'httpRequest.requestUrl',
    'request_uri',
    'RequestPath',
    'uri',
    'url',
    'path',
  ],
  query: ['url.query', 'args', 'query_string', 'query'],
  status: [
    'status',
    'http.response.status_code',
    'httpRequest.status',
    'res.statusCode',
    'DownstreamStatus',
    'status_code',
    'statusCode',
    'response_code',
    'code',
  ],
  bytes: [
    'size',
    'http.response.body.bytes',
    'httpRequest.responseSize',
    'DownstreamContentSize',
    'body_bytes_sent',
    'bytes_sent',
    'bytes',
    'response_size',
    'length',
  ],
  duration: [
    'request_time',
    'event.duration',
    'httpRequest.latency',
    'Duration',
    'duration',
    'duration_ms',
    'durationMs',
    'responseTime',
    'response_time',
    'latency',
    'latency_ms',
    'elapsed',
    'elapsed_ms',
    'took',
  ],
  client: [
    'http_x_forwarded_for',
    'x_forwarded_for',
    'request.client_ip',
    'request.remote_ip',
    'request.remote_addr',
    'client.ip',
    'source.ip',
    'httpRequest.remoteIp',
    'ClientHost',
    'remote_addr',
    'remote_ip',
    'client_ip',
    'req.remoteAddress',
    'remote',
    'ip',
  ],
  agent: [
    'request.headers.User-Agent',
    'req.headers.user-agent',
    'user_agent.original',
    'httpRequest.userAgent',
    'request_User-Agent',
    'http_user_agent',
    'user_agent',
    'userAgent',
    'agent',
  ],
  host: ['request.host', 'req.headers.host', 'url.domain', 'RequestHost', 'http_host', 'host', 'vhost', 'server_name'],
};

const FIELDS = Object.keys(PATHS) as readonly JsonField[];

/** Divisor to seconds of a duration that is a number, by its key. pino-http: ms; Traefik and ECS: ns; nginx, Caddy: s. */
const UNITS: readonly (readonly [keys: RegExp, divisor: number])[] = [
  [/^(?:event\.duration|Duration)$|_ns$|Ns$|nanos/, 1e9],
  [/_us$|Us$|micros/, 1e6],
  [/_ms$|Ms$|millis|^(?:responseTime|response_time|latency|elapsed|took)$/, 1e3],
];

/**
 * Reads lines that are JSON objects. `names` overrides where a field is (`json:time=when,target=u`, as a path with dots).
 * @throws FormatProblem for a field that there is not
 */
export function jsonReader(names = ''): LineReader {
  const paths = { ...PATHS };
  for (const pair of names.split(',').filter((part) => part.trim() !== '')) {
    const [field = '', path = ''] = pair.split('=', 2).map((part) => part.trim());
    if (!FIELDS.includes(field as JsonField) || path === '') {
      throw new FormatProblem(`${pair.trim()}: expected FIELD=KEY, and the fields are ${FIELDS.join(', ')}`);
    }
    paths[field as JsonField] = [path];
  }
  // A log is written by one program: the path that was right for one line is tried first for the next.
  const last = new Map<JsonField, string>();
  const find = (line: unknown, field: JsonField): readonly [value: unknown, path: string] => {
    const usual = last.get(field);
    for (const path of usual === undefined ? paths[field] : [usual, ...paths[field]]) {
      const value = at(line, path);
      if (value === undefined || value === null || value === '' || (field === 'request' && mapOf(value))) continue;
      last.set(field, path);
      return [value, path];
    }
    return [undefined, ''];
  };
  return {
    name: 'JSON lines',
    read(text) {
      let line: unknown;
      try {
        line = JSON.parse(text);
      } catch {
        return null;
      }
      return mapOf(line) === null ? null : recordOf((field) => find(line, field));
    },
  };
}

/** `a.b`: the key `a.b` itself, or `b` in the map `a`. A list stands for its first item (Caddy's headers). */
function at(line: unknown, path: string): unknown {
  const whole = own(line, path);
  if (whole !== undefined || !path.includes('.')) return whole;
  let value = line;
  for (const key of path.split('.')) {
    value = own(value, key);
    if (value === undefined) return undefined;
  }
  return Array.isArray(value) ? value[0] : value;
}

type Find = (field: JsonField) => readonly [value: unknown, path: string];

function recordOf(find: Find): ReadLine {
  const [when, whenPath] = find('time');
  const time = timeOf(when);
  if (Number.isNaN(time)) return null;
  const status = Number(find('status')[0]);
  if (!Number.isInteger(status)) return null;
  const request = requestIn(find);
  if (request === null || status < 100 || status > 599) return 'no-request';
  const bytes = Number(find('bytes')[0] ?? Number.NaN);
  const host = find('host')[0];
  return {
    time,
    timeIs: /^start/i.test(whenPath) ? 'start' : 'end',
    ...request,
    status,
    bytes: Number.isFinite(bytes) && bytes >= 0 ? bytes : null,
    duration: durationOf(...find('duration')),
    client: String(find('client')[0] ?? '')
      .split(',', 1)[0]!
      .trim(),
    agent: String(find('agent')[0] ?? ''),
    host: typeof host === 'string' && host !== '-' ? host.toLowerCase().slice(0, 255) : null,
  };
}

function requestIn(find: Find): Pick<LogRecord, 'method' | 'target'> | null {
  const [line] = find('request');
  if (typeof line === 'string' && line.includes(' ')) return parseRequestLine(line);
  const [method] = find('method');
  const [target] = find('target');
  if (typeof method !== 'string' || typeof target !== 'string') return null;
  const [query] = find('query');
  const whole = typeof query === 'string' && !target.includes('?') ? `${target}?${query.replace(/^\?/, '')}` : target;
  return requestOf(method.toUpperCase(), whole);
}

/** Numbers by their size: seconds, ms, µs or ns since 1970 (a log of this century is between 1e9 and 1e10 seconds). */
function timeOf(value: unknown): number {
  const number =
    typeof value === 'number'
      ? value
      : typeof value === 'string' && /^\d+(?:\.\d+)?$/.test(value)
        ? Number(value)
        : null;
  if (number !== null) {
    if (!(number > 1e8 && number < 1e20)) return Number.NaN;
    return number / (number > 1e17 ? 1e9 : number > 1e14 ? 1e6 : number > 1e11 ? 1e3 : 1);
  }
  if (typeof value !== 'string') return Number.NaN;
  const iso = parseIsoTime(value);
  return Number.isNaN(iso) ? parseClfTime(value) : iso;
}

/** A text with a unit (`12.5ms`, `0.3s`) says it itself; a number is in the unit of its key. */
function durationOf(value: unknown, path: string): number | null {
  const key = path.split('.').length > 1 && path !== 'event.duration' ? path.split('.').at(-1)! : path;
  const number = typeof value === 'string' && value.trim() !== '' ? Number(value) : value;
  if (typeof number === 'number' && number >= 0) {
    const unit = UNITS.find(([keys]) => keys.test(key));
    return number / (unit ? unit[1] : 1);
  }
  return typeof value === 'string' ? parseDuration(value) : null;
}

import type { LineField, LineToken } from './line-format.ts';
import { FormatProblem } from './line-format.ts';

/**
 * Variables of a log_format that mean something here; every other one is read over.
 * https://nginx.org/en/docs/varindex.html
 */
const VARIABLES: Readonly<Record<string, LineField>> = {
  remote_addr: 'client',
  http_x_forwarded_for: 'forwarded',
  http_x_real_ip: 'forwarded',
  time_local: 'clf-time',
  time_iso8601: 'iso-time',
  msec: 'epoch-s',
  request: 'request',
  request_method: 'method',
  request_uri: 'target',
  uri: 'path',
  document_uri: 'path',
  args: 'query',
  query_string: 'query',
  status: 'status',
  body_bytes_sent: 'bytes',
  bytes_sent: 'bytes',
  request_time: 'duration-s',
  http_user_agent: 'agent',
  host: 'host',
  http_host: 'host',
  server_name: 'host',
};

/** The predefined format (http://nginx.org/en/docs/http/ngx_http_log_module.html#log_format). */
export const NGINX_COMBINED =
  '$remote_addr - $remote_user [$time_local] "$request" $status $body_bytes_sent "$http_referer" "$http_user_agent"';

/**
 * The text of a log_format as tokens; a whole `log_format name 'a' 'b';` directive is understood too.
 * @throws FormatProblem
 */
export function nginxTokens(format: string): readonly LineToken[] {
  const text = withoutDirective(format);
  // The path and its query are one thing, whichever way they are put together.
  const joined = text.replace(/\$(?:document_)?uri\$is_args\$(?:args|query_string)/g, '$request_uri');
  const tokens: LineToken[] = [];
  let at = 0;
  for (const match of joined.matchAll(/\$(?:\{(\w{1,80})\}|(\w{1,80}))/g)) {
    tokens.push({ text: joined.slice(at, match.index) });
    const name = (match[1] ?? match[2])!;
    tokens.push({ field: Object.hasOwn(VARIABLES, name) ? VARIABLES[name]! : 'skip' });
    at = match.index + match[0].length;
  }
  tokens.push({ text: joined.slice(at) });
  return tokens;
}

/** Whether a directive asks for `escape=json`: such a log is read as JSON lines. */
export function isJsonDirective(format: string): boolean {
  return /^\s*log_format\s+\S+\s+escape=json\b/.test(format.slice(0, 400));
}

function withoutDirective(format: string): string {
  const directive = /^\s*log_format\s+\S{1,100}\s+(?:escape=\w+\s+)?/.exec(format.slice(0, 400));
  if (!directive) return format;
  const rest = format.slice(directive[0].length);
  const parts = [...rest.matchAll(/'([^']*)'|"([^"]*)"/g)].map((match) => match[1] ?? match[2] ?? '');
  if (parts.length === 0) throw new FormatProblem('the log_format directive has no quoted text');
  return parts.join('');
}

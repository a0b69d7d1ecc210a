import { defineRule } from '../../../model/define.ts';
import type { FindingDraft, RuleResult } from '../../../model/rule.ts';
import type { ResponseFact } from '../response-fact.ts';

/** Both must agree: a path may lie (`/report.js` made by a program), and so may a type. */
const STATIC_PATH = /\.(css|m?js|png|jpe?g|gif|webp|avif|svg|ico|woff2?|ttf|otf|wasm|mp3|mp4|webm|pdf)$/i;
const STATIC_TYPE =
  /^(text\/(css|javascript)|application\/(javascript|x-javascript|wasm|pdf|font-.*|vnd\.ms-fontobject)|image\/|font\/|audio\/|video\/)/i;
/** A name with a hash of the content in it changes with the content: `app.3f9a1c2b.js`, `index-BxK3d9_a.css`. */
const HASHED = /[.-](?:(?=[a-f]*\d)[0-9a-f]{8,}|(?=[\w-]*\d)(?=[\w-]*[A-Z])(?=[\w-]*[a-z])[\w-]{8,})\.\w+$/;

export default defineRule({
  id: 'http/uncacheable-static-asset',
  meta: {
    title: 'Static file cannot be cached',
    why: 'With neither a lifetime nor a validator, a browser or proxy has to fetch the whole file again each time. Style sheets and scripts hold up the page while that happens, and the server sends the same bytes over and over.',
    sources: [
      { title: 'RFC 9111 §4: freshness and validation', url: 'https://www.rfc-editor.org/rfc/rfc9111#section-4' },
      { title: 'RFC 9110 §8.8: validators', url: 'https://www.rfc-editor.org/rfc/rfc9110#section-8.8' },
      { title: 'RFC 8246: immutable', url: 'https://www.rfc-editor.org/rfc/rfc8246' },
      { title: 'nginx: ngx_http_headers_module', url: 'https://nginx.org/en/docs/http/ngx_http_headers_module.html' },
    ],
    needs: { facts: ['http.response'] },
    doesNotApplyWhen:
      'the response says no-store (that is on purpose), the request carried credentials, the response sets a cookie or varies by user, or it is no static file',
    confirmedBy: 'the headers of the response itself',
    thresholds: {},
  },
  evaluate(view): RuleResult {
    const found: FindingDraft[] = [];
    let assets = 0;
    let personal = 0;
    for (const { key, value } of view.facts('http.response')) {
      const response = value as unknown as ResponseFact;
      if (!isStatic(response)) continue;
      if (isPersonal(response)) {
        personal += 1;
        continue;
      }
      if (/\bno-store\b/i.test(response.headers['cache-control'] ?? '')) continue;
      assets += 1;
      if (isCacheable(response.headers)) continue;
      found.push(finding(key, response));
    }
    if (found.length > 0) return { found };
    if (assets > 0) return { clear: `each of ${assets} static files has a lifetime or a validator` };
    return {
      notApplicable:
        personal > 0
          ? 'the static files that were requested are answered for one user, which a cache must not share'
          : 'no static file that may be stored was among the responses',
    };
  },
});

function isStatic({ method, status, path, headers }: ResponseFact): boolean {
  const name = path.replace(/[?#].*$/s, '');
  return (
    method === 'GET' && status === 200 && STATIC_PATH.test(name) && STATIC_TYPE.test(headers['content-type'] ?? '')
  );
}

function isPersonal({ authenticated, setsCookie, headers }: ResponseFact): boolean {
  return authenticated || setsCookie || /\b(cookie|authorization)\b|\*/i.test(headers.vary ?? '');
}

/** A validator allows 304 Not Modified; a lifetime saves even the question. Either is enough. */
function isCacheable(headers: Readonly<Record<string, string>>): boolean {
  if (headers.etag !== undefined || headers['last-modified'] !== undefined) return true;
  const control = headers['cache-control'] ?? '';
  const lifetime = /\b(?:s-maxage|max-age)\s*=\s*"?(\d+)/i.exec(control);
  if (lifetime) return Number(lifetime[1]) > 0;
  // `Expires: 0` and other invalid dates mean "already expired" (RFC 9111 §5.3).
  return (
    headers.expires !== undefined &&
    !Number.isNaN(Date.parse(headers.expires)) &&
    !/^\s*-?\d+\s*$/.test(headers.expires)
  );
}

function finding(endpoint: string, { path, headers, transferredBytes }: ResponseFact): FindingDraft {
  const name = path.replace(/[?#].*$/s, '');
  const hashed = HASHED.test(name);
  const extension = /\.(\w+)$/.exec(name)?.[1]?.toLowerCase() ?? 'css';
  return {
    subject: endpoint,
    summary: `${endpoint} has neither ETag, Last-Modified nor a lifetime: it is fetched whole every time`,
    severity: 'info',
    confidence: 'high',
    evidence: [
      { label: 'body as transferred', value: transferredBytes, unit: 'By' },
      { label: 'Content-Type', value: headers['content-type'] ?? '' },
      { label: 'Cache-Control', value: headers['cache-control'] ?? 'absent' },
      { label: 'ETag, Last-Modified', value: 'absent' },
    ],
    impact: {
      indicator: 'http.client.response.body.size',
      labels: { endpoint },
      text: `${transferredBytes} bytes and a full response less for each repeated view`,
    },
    advice: {
      text: hashed
        ? 'The name looks as if it changed with the content, so it may be kept for a year without asking.'
        : 'The name stays the same when the content changes, so let it be kept for a short time and asked about afterwards.',
      code: [
        '# nginx, in the server that serves the file (files from disk have ETag and Last-Modified already):',
        `location ~* \\.${extension}$ {`,
        hashed ? '  add_header Cache-Control "max-age=31536000, immutable";' : '  expires 1h;',
        '}',
        '',
        '// Node with Express: sends ETag, Last-Modified and the lifetime',
        hashed
          ? "app.use(express.static('public', { maxAge: '1y', immutable: true }));"
          : "app.use(express.static('public', { maxAge: '1h' }));",
      ].join('\n'),
    },
  };
}

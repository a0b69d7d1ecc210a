import { defineRule } from '../../../model/define.ts';
import type { FindingDraft, RuleResult } from '../../../model/rule.ts';
import type { ResponseFact } from '../response-fact.ts';

/** Types that are text inside. What is compressed already (images, video, WOFF2, archives) is not among them. */
const COMPRESSIBLE =
  /^(text\/|application\/(.*\+)?(json|xml|javascript)$|application\/(x-javascript|ecmascript|x-ndjson|graphql-response\+json|wasm|manifest\+json|vnd\.ms-fontobject)$|image\/(svg\+xml|bmp|x-icon|vnd\.microsoft\.icon)$|font\/(ttf|otf|collection)$)/;
/** A stream of events is flushed bit by bit: compressing it holds events back (expressjs/compression, README). */
const STREAM = /^text\/event-stream$/;

export default defineRule({
  id: 'http/uncompressed-response',
  meta: {
    title: 'Response is sent uncompressed',
    why: 'Text shrinks to a fraction under gzip, Brotli or zstd. Sent as it is, it costs bandwidth and, once it is longer than what TCP may send at the start, extra round trips before the client has it all.',
    sources: [
      { title: 'nginx: ngx_http_gzip_module', url: 'https://nginx.org/en/docs/http/ngx_http_gzip_module.html' },
      {
        title: 'RFC 9110 §8.4 and §12.5.3: content codings',
        url: 'https://www.rfc-editor.org/rfc/rfc9110#section-8.4',
      },
      { title: "RFC 6928: TCP's initial window", url: 'https://www.rfc-editor.org/rfc/rfc6928' },
      {
        title: 'Express compression middleware',
        url: 'https://expressjs.com/en/resources/middleware/compression.html',
      },
    ],
    needs: { facts: ['http.response'] },
    doesNotApplyWhen:
      'the response is compressed, small, of a type that does not compress, forbids it (Cache-Control: no-transform), is a stream of events, or the request did not offer gzip',
    confirmedBy: 'compressing the very body that was received with gzip at level 1 and comparing the sizes',
    thresholds: {
      minimumBytes: {
        value: 1400,
        unit: 'By',
        source:
          'A body that fits into one packet arrives no sooner for being smaller: Ethernet MTU 1500 (RFC 894) less 40–60 bytes of IP and TCP headers. Defaults elsewhere: 1 kB (Express compression), 20 bytes (nginx gzip_min_length)',
      },
      minimumSaving: {
        value: 0.2,
        unit: '1',
        source: 'Below a fifth the CPU time is not worth it; text saves 50–90 % (nginx: "by half or even more")',
      },
      initialWindow: {
        value: 14600,
        unit: 'By',
        source: 'RFC 6928: ten segments of 1460 bytes; what is longer needs another round trip, hence a warning',
      },
    },
  },
  evaluate(view): RuleResult {
    const found: FindingDraft[] = [];
    let compressible = 0;
    let compressed = 0;
    for (const { key, value } of view.facts('http.response')) {
      const response = value as unknown as ResponseFact;
      if (!isCandidate(response)) continue;
      compressible += 1;
      if ((response.headers['content-encoding'] ?? 'identity') !== 'identity') {
        compressed += 1;
        continue;
      }
      const { gzip } = response;
      if (!gzip || response.transferredBytes < view.threshold('minimumBytes')) continue;
      const ratio = gzip.outputBytes / gzip.inputBytes;
      if (1 - ratio < view.threshold('minimumSaving')) continue;
      found.push(finding(key, response, ratio, view.threshold('initialWindow')));
    }
    if (found.length > 0) return { found };
    if (compressible === 0) {
      return { notApplicable: 'no response was of a kind that compression is for, with compression offered' };
    }
    return {
      clear: `of ${compressible} compressible responses, ${compressed} came compressed and the others are too small to gain`,
    };
  },
});

function isCandidate({ method, status, headers, acceptEncoding }: ResponseFact): boolean {
  const type = mediaType(headers['content-type']);
  return (
    method !== 'HEAD' &&
    status === 200 &&
    COMPRESSIBLE.test(type) &&
    !STREAM.test(type) &&
    !/\bno-transform\b/i.test(headers['cache-control'] ?? '') &&
    offersGzip(acceptEncoding)
  );
}

function finding(endpoint: string, response: ResponseFact, ratio: number, initialWindow: number): FindingDraft {
  const { transferredBytes, headers } = response;
  const type = mediaType(headers['content-type']);
  const saved = Math.round(transferredBytes * (1 - ratio));
  return {
    subject: endpoint,
    summary: `the ${transferredBytes} bytes of ${type} from ${endpoint} are sent uncompressed; gzip would save ${Math.round((1 - ratio) * 100)} %`,
    severity: transferredBytes > initialWindow ? 'warning' : 'info',
    confidence: 'high',
    evidence: [
      { label: 'body as transferred', value: transferredBytes, unit: 'By' },
      { label: 'the same body after gzip, level 1', value: Math.round(transferredBytes * ratio), unit: 'By' },
      { label: 'Content-Type', value: type },
      { label: 'Accept-Encoding that was offered', value: response.acceptEncoding },
      ...(headers.server ? [{ label: 'Server', value: headers.server }] : []),
    ],
    impact: {
      indicator: 'http.client.response.body.size',
      labels: { endpoint },
      expectedRatio: ratio,
      text: `about ${saved} bytes fewer for each response; the server spends CPU time on it instead`,
    },
    advice: {
      text: `Let the server, or the proxy in front of it, compress ${type}. On a slow processor measure the CPU it costs. Over HTTPS, leave out pages that mix secrets with what the request says (BREACH).`,
      code: [
        '# nginx, in http, server or location:',
        'gzip on;',
        'gzip_comp_level 4;',
        'gzip_min_length 1024;',
        'gzip_vary on;',
        'gzip_proxied any;',
        // text/html is always on the list; naming it again is a warning.
        ...(type === 'text/html' ? [] : [`gzip_types ${type};`]),
        '',
        '// Node with Express (npm install compression), before the routes:',
        "app.use(require('compression')());",
      ].join('\n'),
    },
  };
}

/** `text/html; charset=utf-8` → `text/html`; only characters of a media type (RFC 9110 §8.3.1) survive. */
function mediaType(contentType = ''): string {
  const type = contentType.split(';')[0]!.trim().toLowerCase();
  return /^[a-z0-9!#$&^_.+-]+\/[a-z0-9!#$&^_.+-]+$/.test(type) ? type : '';
}

/** RFC 9110 §12.5.3: named or `*`, and not with quality 0. */
function offersGzip(acceptEncoding: string): boolean {
  return acceptEncoding.split(',').some((part) => {
    const [coding = '', ...parameters] = part.toLowerCase().split(';');
    const refused = parameters.some((parameter) => /^\s*q\s*=\s*0(\.0*)?\s*$/.test(parameter));
    return /^\s*(gzip|\*)\s*$/.test(coding) && !refused;
  });
}

import { z } from 'zod';
import { durationSchema } from '../../model/schemas.ts';

/** Methods that must not change state: RFC 9110 §9.2.1. Only these are sent by the probe. */
const SAFE_METHODS: readonly string[] = ['GET', 'HEAD', 'OPTIONS'];

/** Field name: RFC 9110 §5.6.2 `token`. Field value: §5.5, without control characters. */
const headerName = z.string().regex(/^[!#$%&'*+\-.^_`|~0-9A-Za-z]+$/, 'this cannot be the name of a header');
const headerValue = z
  .union([z.string(), z.number()])
  .transform(String)
  // The message must not repeat the value: it may be a secret.
  .refine(
    (value) => /^[\t\u0020-\u007e\u0080-\u00ff]*$/.test(value),
    'it contains characters that a header cannot have',
  );

const method = z
  .string()
  .transform((text) => text.toUpperCase())
  .refine((text) => /^(GET|HEAD|OPTIONS|POST|PUT|PATCH|DELETE)$/.test(text), {
    message: 'expected GET, HEAD, OPTIONS, POST, PUT, PATCH or DELETE',
  });

const path = z
  .string()
  .regex(/^\//, 'expected a path that begins with /')
  // Spaces and control characters would split the request line.
  .regex(/^[\u0021-\u007e]*$/, 'expected percent-encoded ASCII without spaces')
  .describe('Path with query, appended to the url.');

const endpoint = z.strictObject({
  path,
  name: z.string().min(1).max(80).optional().describe('How it is called in reports; default: method and path.'),
  method: method.optional().describe('Only GET, HEAD and OPTIONS are probed; others are for the load. Default: GET.'),
  headers: z
    .record(headerName, headerValue)
    .optional()
    .describe('Request headers; a secret as a reference (env: or file:).'),
  body: z.string().optional().describe('Request body.'),
  expectStatus: z
    .number()
    .int()
    .min(200)
    .max(599)
    .optional()
    .describe('Status that counts as success. Default: any below 400.'),
});

const duration = durationSchema.refine((seconds) => seconds >= 0.01 && seconds <= 300, {
  error: 'expected a duration from 10ms to 5m',
});

/** One request of the probe, complete: what the configuration left out is filled in. */
export interface HttpEndpoint {
  /** Unique in the target; the `endpoint` label of all samples. */
  readonly name: string;
  readonly method: string;
  /** Full path with query, to be appended to the origin. */
  readonly path: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly body?: string;
  readonly expectStatus?: number;
}

export interface HttpOptions {
  /** Origin, such as `http://127.0.0.1:8080`; a base path has become part of the endpoints' paths. */
  readonly url: string;
  readonly endpoints: readonly HttpEndpoint[];
  /** Requests an endpoint on a kept-alive connection. */
  readonly requests: number;
  /** Seconds. */
  readonly timeout: number;
  /** Seconds for a series of requests to one endpoint. */
  readonly budget: number;
  readonly tls: {
    /** Path of a PEM file or the PEM text itself. */
    readonly ca?: string;
    readonly servername?: string;
    readonly rejectUnauthorized: boolean;
  };
}

/** Options of an http target as written in pitwall.yaml; parsing makes them complete. */
export const httpOptions: z.ZodType<HttpOptions> = z
  .strictObject({
    url: z.string().describe('Address of the service, http or https, with or without a base path.'),
    endpoints: z
      .array(z.union([path, endpoint]))
      .min(1)
      .max(200)
      .optional()
      .describe('What to request: paths, or objects. Default: the url itself.'),
    requests: z.number().int().min(1).max(1000).default(20).describe('Requests an endpoint on one connection.'),
    timeout: duration.default(10).describe('How long one request may take.'),
    budget: duration.default(2).describe('Time for the requests to one endpoint: a slow one gets fewer, at least 3.'),
    tls: z
      .strictObject({
        ca: z.string().optional().describe('PEM file with the CA to trust, or the PEM text.'),
        servername: z.string().optional().describe('Name to ask for (SNI) and to expect in the certificate.'),
        rejectUnauthorized: z.boolean().default(true).describe('Whether an untrusted certificate is an error.'),
      })
      .optional()
      .describe('How its certificate is verified.'),
  })
  .transform((written, context): HttpOptions => {
    const url = parseUrl(written.url);
    if (typeof url === 'string') {
      context.addIssue({ code: 'custom', path: ['url'], message: url });
      return z.NEVER;
    }
    if (written.endpoints && url.search !== '') {
      const message = 'it has a query, which cannot be a base for endpoints: put it into their paths';
      context.addIssue({ code: 'custom', path: ['url'], message });
      return z.NEVER;
    }
    const base = url.pathname.replace(/\/+$/, '');
    const endpoints = written.endpoints
      ? written.endpoints.map((entry) => complete(typeof entry === 'string' ? { path: entry } : entry, base))
      : [complete({ path: url.pathname + url.search }, '')];
    const seen = new Set<string>();
    for (const [index, { name }] of endpoints.entries()) {
      if (seen.has(name)) {
        const message = `a second endpoint is called ${name}: give them different names`;
        context.addIssue({ code: 'custom', path: ['endpoints', index], message });
        return z.NEVER;
      }
      seen.add(name);
    }
    const { ca, servername, rejectUnauthorized = true } = written.tls ?? {};
    return {
      url: url.origin,
      endpoints,
      requests: written.requests,
      timeout: written.timeout,
      budget: written.budget,
      tls: {
        ...(ca !== undefined && { ca }),
        ...(servername !== undefined && { servername }),
        rejectUnauthorized,
      },
    };
  });

/** True when requesting it may not change the service's state (RFC 9110 §9.2.1). */
export function isSafe(endpoint: Pick<HttpEndpoint, 'method'>): boolean {
  return SAFE_METHODS.includes(endpoint.method);
}

function complete(written: z.infer<typeof endpoint>, base: string): HttpEndpoint {
  const method = written.method ?? 'GET';
  const path = base + written.path;
  return {
    name: written.name ?? `${method} ${path}`,
    method,
    path,
    headers: written.headers ?? {},
    ...(written.body !== undefined && { body: written.body }),
    ...(written.expectStatus !== undefined && { expectStatus: written.expectStatus }),
  };
}

/** The URL, or what is wrong with it. */
function parseUrl(text: string): URL | string {
  if (!URL.canParse(text)) return 'expected a URL such as http://127.0.0.1:8080';
  const url = new URL(text);
  if (url.protocol !== 'http:' && url.protocol !== 'https:')
    return 'expected a URL that begins with http:// or https://';
  if (url.username !== '' || url.password !== '') {
    return 'it contains credentials: put them into headers, as a secret reference that reports do not show';
  }
  if (url.hash !== '') return 'it has a fragment (#…), which is never sent to a server';
  return url;
}

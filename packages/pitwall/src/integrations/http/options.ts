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

type TlsVersion = 'TLSv1.2' | 'TLSv1.3';
const tlsVersion = z.enum(['TLSv1.2', 'TLSv1.3']);

const tls = z
  .strictObject({
    ca: z.string().optional().describe('PEM file with the CA to trust, or the PEM text.'),
    cert: z.string().optional().describe('PEM file with the certificate to show (and its chain), or the PEM text.'),
    key: z.string().optional().describe('PEM file with its key, or the PEM text as a secret (env: or file:).'),
    passphrase: z.string().optional().describe('What the key is encrypted with; a secret (env: or file:).'),
    servername: z.string().optional().describe('Name to ask for (SNI) and to expect in the certificate.'),
    rejectUnauthorized: z.boolean().default(true).describe('Whether an untrusted certificate is an error.'),
    minVersion: tlsVersion.optional().describe("Lowest version to accept. Default: Node's own, TLSv1.2."),
    maxVersion: tlsVersion.optional().describe("Highest version to offer. Default: Node's own, TLSv1.3."),
    resume: z.boolean().optional().describe('Load: whether new connections resume sessions. Default: true.'),
  })
  .superRefine(({ cert, key, passphrase, minVersion, maxVersion }, context) => {
    const problem = (path: string, message: string) => context.addIssue({ code: 'custom', path: [path], message });
    if (cert !== undefined && key === undefined) problem('cert', 'a certificate to show needs its key as well');
    if (cert === undefined && key !== undefined) problem('key', 'a key needs its certificate as well (cert)');
    if (key === undefined && passphrase !== undefined) problem('passphrase', 'there is no key that it could be for');
    if (minVersion !== undefined && maxVersion !== undefined && minVersion > maxVersion) {
      problem('minVersion', 'it is above maxVersion');
    }
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
    /** Paths of PEM files or the PEM text itself. */
    readonly ca?: string;
    readonly cert?: string;
    readonly key?: string;
    readonly passphrase?: string;
    readonly servername?: string;
    readonly rejectUnauthorized: boolean;
    readonly minVersion?: TlsVersion;
    readonly maxVersion?: TlsVersion;
    readonly resume?: boolean;
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
    tls: tls.optional().describe('How connections are secured: whom to trust, who to be, which versions.'),
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
    return {
      url: url.origin,
      endpoints,
      requests: written.requests,
      timeout: written.timeout,
      budget: written.budget,
      tls: { rejectUnauthorized: true, ...present(written.tls ?? {}) },
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

/** Without the keys that were not written. */
function present<T extends object>(written: T): { [K in keyof T]: Exclude<T[K], undefined> } {
  const entries = Object.entries(written).filter(([, value]) => value !== undefined);
  return Object.fromEntries(entries) as { [K in keyof T]: Exclude<T[K], undefined> };
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

import { defineIntegration } from '../../model/define.ts';
import { certificateCollector } from './collectors/certificate.ts';
import { endpointsProbe } from './collectors/endpoints.ts';
import { connect, type HttpConnection } from './connection.ts';
import { detect } from './detect.ts';
import { healthCheck } from './health.ts';
import { indicators } from './indicators.ts';
import { type HttpOptions, httpOptions, isSafe } from './options.ts';
import uncacheableStaticAsset from './rules/uncacheable-static-asset.ts';
import uncompressedResponse from './rules/uncompressed-response.ts';
import { withoutPem } from './tls.ts';

export default defineIntegration<HttpOptions, HttpConnection>({
  id: 'http',
  title: 'HTTP service',
  description: 'Endpoints of a web service over HTTP/1.1: time by phase, size, compression, caching, TLS certificate.',
  options: httpOptions,
  targetTitle: ({ url }) => url,
  detect,
  connect: (options, { directory }) => connect(options, directory),
  // Connections live as long as a probe, so that none is left open between two.
  async close() {},
  collectors: [endpointsProbe, certificateCollector],
  indicators,
  rules: [uncompressedResponse, uncacheableStaticAsset],
  tunables: [],
  confirmations: [],
  loadTarget: (options, connection) => ({
    url: options.url,
    endpoints: options.endpoints
      // The load counts statuses from 400 as errors: what is expected to give one is no work to repeat.
      .filter((endpoint) => isSafe(endpoint) && (endpoint.expectStatus ?? 200) < 400)
      .map(({ expectStatus: _, ...endpoint }) => ({ ...endpoint, weight: 1 })),
    ...(options.url.startsWith('https:') && { tls: connection?.tls ?? withoutPem(options) }),
  }),
  healthCheck,
});

import { test } from 'node:test';
import { account } from './accounting.ts';
import { startMoodyHttp2 } from './moody-http2.ts';

test('random loads over HTTP/2, on services in random moods: every request is counted once, everywhere', () =>
  account(1001, 48, { protocol: 'http2', start: startMoodyHttp2 }));

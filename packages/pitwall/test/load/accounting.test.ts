import { test } from 'node:test';
import { account } from './accounting.ts';
import { startMoodyServer } from './moody-server.ts';

test('random loads on services in random moods, ended at random: every request is counted once, everywhere', () =>
  account(1, 64, { protocol: 'http1', start: startMoodyServer }));

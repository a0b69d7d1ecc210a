import { z } from 'zod';
import { defineIntegration } from '../model/define.ts';
import type { AnyIntegration } from '../model/integration.ts';
import { durationSchema } from '../model/schemas.ts';
import type { IntegrationRegistry } from './targets.ts';

/** Integrations made up for the tests of the configuration: one with options of every kind, one without any. */
const PARTS = {
  description: 'For tests.',
  detect: async () => [],
  connect: async () => null,
  close: async () => {},
  collectors: [],
  tunables: [],
  confirmations: [],
} as const;

const indicator = (
  name: string,
  unit: 's' | 'By' | '1' | '1/s',
  direction: 'lower-is-better' | 'higher-is-better',
) => ({
  name,
  title: name,
  unit,
  direction,
  description: name,
  from: { sample: name, statistic: 'last' as const },
});

const shop = defineIntegration({
  ...PARTS,
  id: 'shop',
  title: 'Shop',
  options: z.strictObject({
    url: z.url().describe('Where it is.'),
    token: z
      .string()
      .refine((token) => !token.includes(' '), { error: (issue) => `it has a space: ${String(issue.input)}` })
      .optional(),
    requests: z.number().int().min(1).max(100).default(20),
    timeout: durationSchema.default(10),
    mode: z.enum(['fast', 'careful']).optional(),
    endpoints: z
      .array(
        z.union([
          z.string(),
          z.strictObject({ path: z.string(), headers: z.record(z.string(), z.string()).optional() }),
        ]),
      )
      .optional(),
  }),
  targetTitle: ({ url }) => url,
  indicators: [
    indicator('shop.duration.p95', 's', 'lower-is-better'),
    indicator('shop.response.size', 'By', 'lower-is-better'),
    indicator('shop.error.ratio', '1', 'lower-is-better'),
    indicator('shop.rate', '1/s', 'higher-is-better'),
  ],
  rules: [
    {
      id: 'shop/slow',
      meta: {
        title: 'Slow',
        why: 'It is.',
        sources: [],
        needs: {},
        doesNotApplyWhen: 'never',
        confirmedBy: 'nothing',
        thresholds: {
          limit: { value: 1, unit: 's', source: 'test' },
          share: { value: 0.5, unit: 'share of all', source: 'test' },
        },
      },
      evaluate: () => ({ clear: 'fine' }),
    },
  ],
});

const machine = defineIntegration({
  ...PARTS,
  id: 'host',
  title: 'Host',
  options: z.strictObject({}),
  targetTitle: () => 'host',
  indicators: [],
  rules: [],
});

export const INTEGRATIONS: readonly AnyIntegration[] = [machine, shop];

export const REGISTRY: IntegrationRegistry = {
  ids: INTEGRATIONS.map(({ id }) => id),
  load: async (id) => INTEGRATIONS.find((integration) => integration.id === id)!,
};

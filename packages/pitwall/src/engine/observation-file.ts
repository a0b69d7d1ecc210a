import { open, readFile } from 'node:fs/promises';
import { z } from 'zod';
import { PitwallError, reasonOf } from '../errors.ts';
import type { Objective } from '../model/indicator.ts';
import type { Observation } from '../model/observation.ts';
import type { Target } from '../model/target.ts';

/** What `--save-observation` writes: all that judging and diagnosing need, so that they can be repeated elsewhere. */
export interface SavedObservation {
  readonly kind: 'pitwall-observation';
  readonly schemaVersion: 1;
  readonly service: string;
  readonly targets: readonly Target[];
  readonly observations: readonly Observation[];
  /** The objectives and thresholds in force when it was saved; a configuration given at replay replaces them. */
  readonly objectives: readonly Objective[];
  readonly thresholds: Readonly<Record<string, number>>;
}

const target = z.object({ id: z.string(), integration: z.string(), title: z.string() });
const labels = z.record(z.string(), z.string());
const limits = { target: z.number().optional(), warning: z.number().optional(), critical: z.number().optional() };
const distribution = z.object({
  count: z.number(),
  sum: z.number(),
  min: z.number(),
  max: z.number(),
  histogram: z.object({ buckets: z.array(z.tuple([z.number(), z.number()])) }).optional(),
});
const schema = z.object({
  kind: z.literal('pitwall-observation'),
  schemaVersion: z.literal(1),
  service: z.string(),
  targets: z.array(target),
  observations: z.array(
    z.object({
      target,
      collector: z.string(),
      startedAt: z.number(),
      finishedAt: z.number(),
      samples: z.array(
        z.object({ name: z.string(), labels, at: z.number(), value: z.union([z.number(), distribution]) }),
      ),
      facts: z.array(z.object({ kind: z.string(), key: z.string(), value: z.json() })),
      gaps: z.array(z.object({ what: z.string(), why: z.string() })),
      cost: z.object({ wallSeconds: z.number(), cpuSeconds: z.number() }),
      failure: z.object({ code: z.string(), message: z.string(), hint: z.string().optional() }).optional(),
    }),
  ),
  objectives: z.array(
    z.object({
      indicator: z.string(),
      labels: labels.optional(),
      on: z.string().optional(),
      source: z.string(),
      ...limits,
    }),
  ),
  thresholds: z.record(z.string(), z.number()),
});

/** For its owner alone, also where the file was there before: it has queries, plans and processes in it. Throws FILE_UNWRITABLE. */
export async function saveObservation(file: string, saved: SavedObservation): Promise<void> {
  try {
    const handle = await open(file, 'w', 0o600);
    try {
      // Not of a device or a pipe: they are what the user gave us.
      if ((await handle.stat()).isFile()) await handle.chmod(0o600);
      await handle.writeFile(`${JSON.stringify(saved)}\n`);
    } finally {
      await handle.close();
    }
  } catch (error) {
    throw new PitwallError('FILE_UNWRITABLE', { file, reason: reasonOf(error) }, { cause: error });
  }
}

/** Throws OBSERVATION_INVALID when the file is not one that `--save-observation` wrote. */
export async function readObservation(file: string): Promise<SavedObservation> {
  let text: string;
  try {
    text = await readFile(file, 'utf8');
  } catch (error) {
    throw new PitwallError('CONFIG_UNREADABLE', { file, reason: reasonOf(error) }, { cause: error });
  }
  let json: unknown;
  try {
    json = JSON.parse(text);
  } catch (error) {
    throw new PitwallError('OBSERVATION_INVALID', { file, reason: reasonOf(error) }, { cause: error });
  }
  const parsed = schema.safeParse(json);
  if (!parsed.success) {
    const issue = parsed.error.issues[0]!;
    throw new PitwallError('OBSERVATION_INVALID', {
      file,
      reason: `${issue.path.join('.') || 'file'}: ${issue.message}`,
    });
  }
  return parsed.data as SavedObservation;
}

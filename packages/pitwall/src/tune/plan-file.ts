import { z } from 'zod';
import { PitwallError, reasonOf } from '../errors.ts';
import type { Plan } from '../model/change.ts';
import type { AnyIntegration } from '../model/integration.ts';
import type { Json } from '../model/json.ts';

const json: z.ZodType<Json> = z.json() as z.ZodType<Json>;
/** Becomes part of journal ids and of folder names. */
const id = z.string().regex(/^[a-z0-9][a-z0-9-]{0,99}$/, 'expected lower-case letters, digits and hyphens');
const text = z.string().max(10_000);

const selectors = z
  .array(z.strictObject({ indicator: text.min(1), labels: z.record(z.string(), text).exactOptional() }))
  .max(1000);

const ratio = z.number().nonnegative();
const predictions = z
  .array(
    z.strictObject({
      statement: text.min(1),
      text,
      planner: ratio.nullable(),
      copy: z.strictObject({ ratio, interval: z.tuple([ratio, ratio]) }).nullable(),
      measuredBy: selectors,
    }),
  )
  .max(1000);
const basis = z.strictObject({
  statements: z
    .array(
      z.strictObject({
        statement: text.min(1),
        text,
        helped: z.boolean(),
        share: ratio.nullable(),
        load: ratio.nullable(),
      }),
    )
    .max(1000),
  sizes: z.array(z.strictObject({ what: text, value: z.number() })).max(100),
  version: text.nullable(),
});

const change = z.strictObject({
  id,
  target: text.min(1),
  tunable: text.min(1),
  subject: text,
  to: json,
  from: json,
  reason: text,
  rules: z.array(text).max(100),
  affects: selectors,
  controls: selectors.exactOptional(),
  titles: z.record(z.string(), text).exactOptional(),
  expectedWriteSeconds: z.number().nonnegative().exactOptional(),
  lock: text.exactOptional(),
  meter: z.array(json).max(1000).exactOptional(),
  predictedRatio: z.number().positive().exactOptional(),
  predictions: predictions.exactOptional(),
  basis: basis.exactOptional(),
  effect: z.enum(['now', 'reload', 'restart']),
  risk: z.enum(['low', 'medium', 'high']),
  needsRestart: z.boolean(),
  needsRestartBecause: text.exactOptional(),
  notChecked: z.array(text).max(100).exactOptional(),
  preview: z.strictObject({ apply: text, undo: text }),
});

/** What a plan file may hold. */
const planSchema = z.strictObject({
  schemaVersion: z.literal(1),
  id,
  createdAt: z.iso.datetime(),
  service: text,
  changes: z.array(change).max(1000),
  leftOut: z.array(z.strictObject({ what: text, because: text })).max(10_000),
});

/**
 * Reads a plan that a person may have edited. Throws PLAN_INVALID, naming the key and what was expected, for anything that
 * is not a plan, is of a newer schema, or names a target or tunable that there is not, or a value that it cannot have.
 *
 * @param file its name, for messages
 * @param targets the integration of each target, by target id
 */
export function parsePlan(
  content: string,
  file: string,
  targets: ReadonlyMap<string, Pick<AnyIntegration, 'tunables'>>,
): Plan {
  const invalid = (key: string, problem: string) => new PitwallError('PLAN_INVALID', { file, key, problem });
  let value: unknown;
  try {
    value = JSON.parse(content);
  } catch (error) {
    throw invalid('the file', `expected JSON (${reasonOf(error)})`);
  }
  const version = (value as { schemaVersion?: unknown } | null)?.schemaVersion;
  if (typeof version === 'number' && version > 1) {
    throw invalid('schemaVersion', `expected 1, and ${version} was written by a newer Pitwall`);
  }
  const parsed = planSchema.safeParse(value);
  if (!parsed.success) throw firstIssue(parsed.error, '', invalid);
  for (const [index, { tunable: wanted, target, to }] of parsed.data.changes.entries()) {
    const key = `changes[${index}]`;
    const known = targets.get(target)?.tunables;
    if (!known) throw invalid(`${key}.target`, `expected one of ${[...targets.keys()].join(', ')}, not ${target}`);
    const tunable = known.find((candidate) => candidate.id === wanted);
    if (!tunable) {
      throw invalid(`${key}.tunable`, `expected one of ${known.map((one) => one.id).join(', ')}, not ${wanted}`);
    }
    const checked = tunable.to.safeParse(to);
    if (!checked.success) throw firstIssue(checked.error, `${key}.to`, invalid);
  }
  const ids = parsed.data.changes.map((one) => one.id);
  const twice = ids.findIndex((one, index) => ids.indexOf(one) !== index);
  if (twice >= 0) throw invalid(`changes[${twice}].id`, `expected an id of its own, and ${ids[twice]} is there twice`);
  return parsed.data;
}

function firstIssue(
  error: z.ZodError,
  prefix: string,
  invalid: (key: string, problem: string) => PitwallError,
): PitwallError {
  const issue = error.issues[0]!;
  const path = issue.path.map((part) => (typeof part === 'number' ? `[${part}]` : `.${String(part)}`)).join('');
  return invalid(`${prefix}${path}`.replace(/^\./, '') || 'the file', issue.message.replace(/\.$/, ''));
}

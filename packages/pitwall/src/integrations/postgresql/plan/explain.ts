import { PitwallError, printable } from '../../../errors.ts';
import type { Explained, ExplainRequest } from '../../../model/database.ts';
import type { CollectContext } from '../../../model/integration.ts';
import type { AnalysisSession } from '../analysis.ts';
import type { PostgresqlConnection } from '../connection.ts';
import { genericText } from '../parse/generic-text.ts';
import { type Grammar, loadGrammar } from '../parse/load.ts';
import { normalise } from '../parse/normalise.ts';
import { safetyOf } from '../parse/safety.ts';
import { orNull } from '../what-if/sizes.ts';
import { knownCalls, readCalls } from '../workload/known-calls.ts';
import { hasPlaceholders } from '../workload/ours.ts';
import { beyondPlan } from './beyond.ts';
import { differenceText } from './compare.ts';
import { notPlanned, notUnderstood } from './not-planned.ts';
import { readPlan } from './parse.ts';
import { withoutValues } from './redact.ts';

/** The grammar refuses what is no SQL, and says where; of what is no statement to be planned the kind is wrong. */
function refused(grammar: Grammar, { text, values }: ExplainRequest, reason: string): PitwallError {
  const parsed = grammar.parse(text);
  if ('problem' in parsed) return notUnderstood(text, reason, parsed.at, values === true);
  return new PitwallError('POSTGRESQL_NOT_EXPLAINED', { reason, hint: GIVE_ONE });
}

const GIVE_ONE = 'Give one SELECT, INSERT, UPDATE, DELETE or MERGE.';

interface Values {
  readonly text: string;
  readonly params: readonly unknown[];
  readonly generic: boolean;
  /** Where they come from. */
  readonly origin: string;
}

/**
 * The plan of a statement, as given or with the values of a call that was seen; without any, the plan for all values. `run`: it is
 * run too, in a read-only transaction that is rolled back, unless it might do more than read; one that takes longer than it may has
 * its plan alone. Without `values` there are none in the answer. @throws PitwallError POSTGRESQL_NOT_EXPLAINED, POSTGRESQL_NOT_PLANNED, as `connection.query` does, and the signal's reason
 */
export async function explainStatement(
  connection: PostgresqlConnection,
  request: ExplainRequest,
  context: CollectContext,
): Promise<Explained> {
  const grammar = await loadGrammar();
  const safety = safetyOf(grammar, request.text);
  if (safety.explain !== null) throw refused(grammar, request, safety.explain);
  await readCalls(connection, context);
  const values = await valuesFor(connection, request);
  const forAny = values.generic
    ? null
    : hasPlaceholders(request.text)
      ? request.text
      : genericText(grammar, request.text);
  const isRun = request.run && !values.generic && safety.run === null;
  return connection.analyse(async (session) => {
    const explained = await session
      .explain(values.text, values.params, { run: isRun, generic: values.generic, orPlan: true })
      .catch((error: unknown) => {
        throw notPlanned(error, values.text, request.values === true);
      });
    const read = readPlan(explained.json);
    if ((explained.json as unknown) === undefined) {
      const reason = 'a rule of the database has nothing done instead of it (DO INSTEAD NOTHING)';
      throw new PitwallError('POSTGRESQL_NOT_EXPLAINED', { reason, hint: 'It costs no more than to be sent.' });
    }
    if (read === null) {
      throw new PitwallError('POSTGRESQL_FAILED', { database: connection.name, reason: 'it answered with no plan' });
    }
    const { plan, planSeconds, seconds, indexes } = read;
    const difference =
      forAny === null
        ? null
        : differenceText(explained.json, await anyPlan(session, forAny), !request.run && safety.run === null);
    const { beyond, gaps } = await beyondPlan(connection, session, grammar, {
      text: request.text,
      json: explained.json,
    });
    return {
      text: request.values ? request.text : normalise(grammar, request.text),
      plan: request.values ? plan : withoutValues(plan),
      planSeconds: explained.ran ? planSeconds : null,
      seconds: explained.ran ? seconds : null,
      indexes,
      notes: [
        values.origin,
        ...(difference === null ? [] : [printable(difference)]),
        explained.ran
          ? RAN
          : explained.endedAfter === undefined
            ? `not run${whyNot(request.run, values.generic, safety.run ?? explained.notRun)}`
            : endedText(explained.endedAfter),
        ...gaps,
      ],
      ...(beyond.length > 0 ? { beyond } : {}),
    };
  }, context.signal);
}

/** Null where it cannot be planned without values: then there is nothing to compare with. */
async function anyPlan(session: AnalysisSession, text: string): Promise<unknown> {
  try {
    return (await session.explain(text, [], { run: false, generic: true })).json;
  } catch (error) {
    return orNull(error);
  }
}

async function valuesFor(connection: PostgresqlConnection, { text, params }: ExplainRequest): Promise<Values> {
  const given: readonly unknown[] = Array.isArray(params) ? params : Object.values(params);
  if (given.length > 0) return { text, params: given, generic: false, origin: 'parameters: as given' };
  if (!hasPlaceholders(text))
    return { text, params: [], generic: false, origin: 'parameters: values as they stand in the text' };
  const samples = await knownCalls(connection, text);
  const [sample] = samples;
  if (!sample)
    return { text, params: [], generic: true, origin: 'parameters: generic (for any value; skew does not show)' };
  const sampled: readonly unknown[] = Array.isArray(sample.params) ? sample.params : Object.values(sample.params);
  return { text: sample.text, params: sampled, generic: false, origin: `parameters: sample 1 of ${samples.length}` };
}

const RAN = 'run in a read-only transaction, which was rolled back';

function endedText(seconds: number): string {
  const limit = Number(seconds.toFixed(1));
  return `not run to its end: it gave no answer within ${limit} s (statementTimeout in the configuration raises that)`;
}

function whyNot(wanted: boolean, generic: boolean, reason: string | null): string {
  if (!wanted) return '';
  return reason === null ? (generic ? ': its values are not known' : '') : `: ${reason}`;
}

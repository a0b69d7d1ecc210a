import { PitwallError } from '../../../errors.ts';
import type { Explained, ExplainRequest } from '../../../model/database.ts';
import type { CollectContext } from '../../../model/integration.ts';
import type { PostgresqlConnection } from '../connection.ts';
import { loadGrammar } from '../parse/load.ts';
import { safetyOf } from '../parse/safety.ts';
import { keptWorkload } from '../workload/kept.ts';
import { hasPlaceholders } from '../workload/ours.ts';
import { statementReader } from '../workload/reader.ts';
import { readPlan } from './parse.ts';

interface Values {
  readonly text: string;
  readonly params: readonly unknown[];
  readonly generic: boolean;
  /** Where they come from. */
  readonly origin: string;
}

/**
 * The plan of a statement, as given or with the values of a call that was seen; without any, the plan for all values. `run`: it is
 * run too, in a read-only transaction that is rolled back, unless it might do more than read.
 * @throws PitwallError POSTGRESQL_NOT_EXPLAINED, as `connection.query` does when it cannot be planned or run, and the signal's reason
 */
export async function explainStatement(
  connection: PostgresqlConnection,
  request: ExplainRequest,
  { signal }: CollectContext,
): Promise<Explained> {
  const safety = safetyOf(await loadGrammar(), request.text);
  if (safety.explain !== null) throw new PitwallError('POSTGRESQL_NOT_EXPLAINED', { reason: safety.explain });
  const values = await valuesFor(connection, request);
  const isRun = request.run && !values.generic && safety.run === null;
  return connection.analyse(async (session) => {
    const explained = await session.explain(values.text, values.params, {
      run: isRun,
      generic: values.generic,
    });
    const read = readPlan(explained.json);
    if (read === null) {
      throw new PitwallError('POSTGRESQL_FAILED', { database: connection.name, reason: 'it answered with no plan' });
    }
    const { plan, planSeconds, seconds, indexes } = read;
    return {
      plan,
      planSeconds: explained.ran ? planSeconds : null,
      seconds: explained.ran ? seconds : null,
      indexes,
      notes: [
        values.origin,
        explained.ran ? RAN : `not run${whyNot(request.run, values.generic, safety.run ?? explained.notRun)}`,
      ],
    };
  }, signal);
}

async function valuesFor(connection: PostgresqlConnection, { text, params }: ExplainRequest): Promise<Values> {
  const given: readonly unknown[] = Array.isArray(params) ? params : Object.values(params);
  if (given.length > 0) return { text, params: given, generic: false, origin: 'parameters: as given' };
  if (!hasPlaceholders(text)) return { text, params: [], generic: false, origin: 'parameters: none' };
  const samples = await samplesOf(connection, text);
  const [sample] = samples;
  if (!sample)
    return { text, params: [], generic: true, origin: 'parameters: generic (for any value; skew does not show)' };
  const sampled: readonly unknown[] = Array.isArray(sample.params) ? sample.params : Object.values(sample.params);
  return { text: sample.text, params: sampled, generic: false, origin: `parameters: sample 1 of ${samples.length}` };
}

/** Of the calls that were seen, the slowest first: it is the one that asks for an explanation. */
async function samplesOf(connection: PostgresqlConnection, text: string) {
  const kept = keptWorkload(connection);
  if (!kept) return [];
  const { id } = (await statementReader())(text);
  const statement = kept.workload.statements.find((one) => one.id === id);
  return [...(statement?.samples ?? [])].sort((a, b) => (b.seconds ?? 0) - (a.seconds ?? 0));
}

const RAN = 'run in a read-only transaction, which was rolled back';

function whyNot(wanted: boolean, generic: boolean, reason: string | null): string {
  if (!wanted) return '';
  return reason === null ? (generic ? ': its values are not known' : '') : `: ${reason}`;
}

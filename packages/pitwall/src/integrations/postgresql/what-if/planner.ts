import { PitwallError, reasonOf } from '../../../errors.ts';
import type { Estimate } from '../../_sql/advisor/problem.ts';
import type { AnalysisSession } from '../analysis.ts';
import { orNull } from './sizes.ts';

/** A statement as it is planned: real calls where there are some. */
export interface PlannedStatement {
  readonly id: string;
  /** With placeholders; planned for any values only when no sample can be. */
  readonly text: string;
  readonly samples: readonly { readonly text: string; readonly params: readonly unknown[] }[];
  /**
   * The text to be planned for any values too, as one more call: where the values were typed in, and the tables may hold none of
   * them. Absent: values are those of real calls.
   */
  readonly forAny?: string;
  /** Calls that may well be made, to be planned where none is known. */
  readonly likely?: readonly { readonly text: string; readonly params: readonly unknown[] }[];
}

/** Calls that are planned of each statement: skew shows, and 500 statements stay affordable. */
const PLANNED_SAMPLES = 3;

/** Of more statements than this, calls that the planner takes for the same are planned as one. */
const MANY = 100;
/** Its numbers of rows are taken for the same within such steps (of a factor). */
const ALIKE = 1.25;

/** How each statement is best planned is found out once. */
type Way = { readonly samples: PlannedStatement['samples']; readonly any: readonly string[] } | 'impossible';

/** Asks the planner what statements cost as things are in the session, the mean over their samples. */
export class Planner {
  readonly #session: Pick<AnalysisSession, 'explain'>;
  readonly #statements: ReadonlyMap<string, PlannedStatement>;
  readonly #ways = new Map<string, Way>();
  readonly #failures = new Map<string, string>();

  constructor(session: Pick<AnalysisSession, 'explain'>, statements: readonly PlannedStatement[]) {
    this.#session = session;
    this.#statements = new Map(statements.map((statement) => [statement.id, statement]));
  }

  /** Why a statement could not be planned. */
  get failures(): ReadonlyMap<string, string> {
    return this.#failures;
  }

  /** @param keyOfIndex name in the plan → key, for the indexes that are tried out */
  async estimate(id: string, keyOfIndex: ReadonlyMap<string, string>): Promise<Estimate | null> {
    const way = this.#ways.get(id) ?? (await this.#findWay(id));
    if (way === 'impossible') return null;
    const plans = await this.#plans(way);
    if (plans.length === 0) return null;
    const uses = new Set<string>();
    let cost = 0;
    for (const plan of plans) {
      cost += Number((plan.Plan as { 'Total Cost': number })['Total Cost']) / plans.length;
      for (const name of indexesIn(plan)) if (keyOfIndex.has(name)) uses.add(keyOfIndex.get(name)!);
    }
    return { cost, uses: [...uses] };
  }

  async #plans({ samples, any }: Exclude<Way, 'impossible'>): Promise<readonly Readonly<Record<string, unknown>>[]> {
    const calls = [
      ...samples.map((sample) => ({ ...sample, generic: false })),
      ...any.map((text) => ({ text, params: [], generic: true })),
    ];
    const plans: Readonly<Record<string, unknown>>[] = [];
    for (const { text, params, generic } of calls) {
      const asked = await this.#session.explain(text, params, { run: false, generic }).catch(orNull);
      if (asked?.json.Plan !== undefined) plans.push(asked.json);
    }
    return plans;
  }

  async #findWay(id: string): Promise<Way> {
    const statement = this.#statements.get(id);
    const way = statement === undefined ? 'impossible' : await this.#tryOut(statement);
    this.#ways.set(id, way);
    return way;
  }

  async #tryOut({ id, text, samples, forAny, likely = [] }: PlannedStatement): Promise<Way> {
    // Without placeholders it is a call itself.
    const plain = samples.length === 0 && !/\$\d/.test(text) ? [{ text, params: [] }] : [];
    const planned: { text: string; params: readonly unknown[] }[] = [];
    let why = 'there is no call of it with its values, and without them it cannot be planned';
    const plan = async (call: { text: string; params: readonly unknown[] }, generic: boolean) => {
      try {
        return (await this.#session.explain(call.text, call.params, { run: false, generic })).json.Plan ?? null;
      } catch (error) {
        orNull(error);
        why = reasonAgainst(error);
        return null;
      }
    };
    const seen = new Set<string>();
    for (const call of [...spread(samples), ...(samples.length === 0 ? likely : []), ...plain]) {
      const found = await plan(call, false);
      if (found === null) continue;
      const shape = this.#statements.size > MANY ? stepsAndRows(found) : `${planned.length}`;
      if (!seen.has(shape)) planned.push(call);
      seen.add(shape);
    }
    const any = planned.length === 0 ? text : forAny;
    const isPlanned = any !== undefined && (await plan({ text: any, params: [] }, true)) !== null;
    if (planned.length > 0 || isPlanned) return { samples: planned, any: isPlanned ? [any] : [] };
    this.#failures.set(id, why);
    return 'impossible';
  }
}

const NO_RIGHT = '42501';

/** What the server has against planning it, without a full stop; where the role has no right, with what gives it one. */
function reasonAgainst(error: unknown): string {
  const cause = error instanceof PitwallError && error.cause !== undefined ? error.cause : error;
  const reason = reasonOf(cause);
  return (cause as { code?: unknown }).code === NO_RIGHT
    ? `${reason} (planning needs what running needs: GRANT SELECT ON its tables and USAGE ON their schemas, or pg_read_all_data, TO the role)`
    : reason;
}

/** So many of them, from all over. */
function spread<T>(samples: readonly T[]): readonly T[] {
  if (samples.length <= PLANNED_SAMPLES) return samples;
  const step = (samples.length - 1) / (PLANNED_SAMPLES - 1);
  return Array.from({ length: PLANNED_SAMPLES }, (_, i) => samples[Math.round(i * step)]!);
}

/** The steps of a plan, with how many rows each gives. */
function stepsAndRows(node: unknown): string {
  if (typeof node !== 'object' || node === null) return '';
  const step = node as {
    'Node Type'?: string;
    'Plan Rows'?: number;
    'Index Name'?: string;
    Plans?: readonly unknown[];
  };
  const rows = Math.round(Math.log(Math.max(1, step['Plan Rows'] ?? 1)) / Math.log(ALIKE));
  return `${step['Node Type']} ${step['Index Name'] ?? ''} ${rows}(${(step.Plans ?? []).map(stepsAndRows).join()})`;
}

function indexesIn(node: unknown): string[] {
  if (typeof node !== 'object' || node === null) return [];
  const own = (node as { 'Index Name'?: unknown })['Index Name'];
  return [...(typeof own === 'string' ? [own] : []), ...Object.values(node).flatMap(indexesIn)];
}

import { z } from 'zod';
import type { DatabaseReport, PlanStep } from '../../model/database.ts';
import type { Json } from '../../model/json.ts';
import { basis, past, proved } from './advice.ts';
import { databaseState } from './database-state.ts';

/** The part of the Report that `db` fills. */

const list = <T extends z.ZodType>(item: T) => z.array(item).readonly();
const number = z.number();
const perhaps = z.number().nullable();
const seconds = z.number().nullable().describe('Seconds; null: not known');
const bytes = z.number().nullable().describe('Bytes; null: not known');
const interval = z.tuple([z.number(), z.number()]).readonly();

const statement = z
  .object({
    id: z.string(),
    text: z.string().describe('Without values'),
    kind: z.enum(['select', 'insert', 'update', 'delete', 'merge', 'ddl', 'utility', 'unknown']),
    tables: list(z.string()),
    calls: number,
    seconds,
    planSeconds: seconds,
    maxSeconds: seconds,
    rows: perhaps,
    io: z
      .object({
        cacheHit: number,
        read: number,
        dirtied: number,
        written: number,
        tempRead: number,
        tempWritten: number,
        log: number,
      })
      .describe('Bytes')
      .nullable(),
    callers: list(z.object({ endpoint: z.string(), calls: number, seconds })),
    sources: list(z.string()),
    notUnderstood: z.string().nullable(),
    waits: list(
      z.object({
        type: z.string(),
        event: z.string(),
        share: number.describe('Of the times that a session was seen at the statement'),
        count: number.describe('These times'),
      }),
    )
      .exactOptional()
      .describe('What its sessions were at when they were looked at; `CPU`: they waited for nothing'),
    plan: z
      .object({
        heaviest: z
          .object({ title: z.string(), share: number, of: z.enum(['time', 'cost']) })
          .nullable()
          .describe('The step that takes most by itself'),
        reads: list(z.string()).describe('Steps that read, the heaviest first'),
        indexes: list(z.string()),
        from: z.enum(['log', 'planner']).describe('Of logged calls, or as it would be planned now'),
      })
      .exactOptional()
      .describe('How it is done, without values'),
  })
  .meta({ id: 'statement', description: 'All calls that differ in nothing but values' });

const workload = z.object({
  statements: list(statement),
  total: z.object({ statements: number, calls: number, seconds }),
  window: seconds,
  sources: list(
    z.object({
      id: z.string(),
      title: z.string(),
      calls: number,
      seconds,
      since: perhaps,
      missing: list(z.string()),
      ownLoad: z
        .object({ calls: number, seconds: number, window: number })
        .exactOptional()
        .describe('What ran while trials of Pitwall made their load, and is left out'),
      hidden: number.exactOptional().describe('Statements that it counts and may not show to our role'),
    }),
  ),
  loops: list(
    z.object({
      statement: z.string(),
      endpoint: z.string().nullable(),
      proof: z.enum(['proven', 'hint']),
      requests: number,
      callsPerRequest: number,
      secondsPerRequest: seconds,
    }),
  ),
});

const planStep: z.ZodType<PlanStep> = z
  .object({
    title: z.string(),
    details: list(z.string()),
    expectedRows: perhaps,
    actualRows: perhaps,
    loops: perhaps,
    seconds,
    cost: perhaps,
    marks: list(z.string()),
    get children() {
      return list(planStep);
    },
  })
  .meta({ id: 'planStep', description: 'A step of a plan, and what it was expected to do beside what it did' });

const measured = z
  .object({
    before: number,
    after: number,
    ratio: number,
    interval,
    rounds: number,
    atLeast: z.literal(true).exactOptional(),
  })
  .describe('Seconds a run, and after ÷ before with its 95 % interval')
  .nullable();

const effect = z.object({
  statement: z.string(),
  text: z.string(),
  calls: number,
  planner: z.object({ before: number, after: number }).nullable(),
  measured,
  inPlace: measured,
});

const json = z.json() as unknown as z.ZodType<Json>;

const proposal = z
  .object({
    action: z.enum(['create', 'drop']),
    name: z.string(),
    table: z.string(),
    definition: z.string(),
    ddl: z.string(),
    undo: z.string(),
    lock: z.string(),
    bytes: z.object({ estimated: bytes, measured: bytes }),
    buildSeconds: seconds,
    statements: list(effect),
    writes: list(effect),
    savedSeconds: seconds,
    because: z.string(),
    change: z.object({ tunable: z.string(), subject: z.string(), to: json, basis: basis.exactOptional() }),
    past: past.exactOptional(),
  })
  .meta({ id: 'indexProposal', description: 'An index to create, or to drop' });

const advice = z.object({
  proposals: list(proposal),
  rejected: list(z.object({ definition: z.string(), table: z.string(), because: z.string() })),
  notConsidered: list(
    z.object({
      statement: z.string(),
      text: z.string(),
      because: z.string(),
      unknown: z.boolean().exactOptional().describe('Whether an index would help it is not known'),
      share: number.exactOptional().describe('Of the time of all statements; of their calls where none was timed'),
    }),
  ),
  notKnown: list(z.string())
    .exactOptional()
    .describe('Why it is not known whether an index would help, and what to do about that'),
  whatIf: z.string(),
  nothingToDo: z.string().nullable(),
  cost: z.object({ statements: number, seconds: number }),
  sweep: list(z.object({ bytes: number, seconds: number })),
});

export const database = z
  .object({
    target: z.string(),
    workload: workload.exactOptional(),
    state: databaseState.exactOptional(),
    advice: advice.exactOptional(),
    made: list(z.object({ id: z.string(), title: z.string(), at: z.string(), effects: list(proved) })).exactOptional(),
    explained: z
      .object({
        text: z.string().describe('Without values'),
        plan: planStep,
        planSeconds: seconds,
        seconds,
        indexes: list(z.string()),
        notes: list(z.string()),
        beyond: list(z.object({ because: z.string(), ddl: z.string().nullable().describe('What would spare it') }))
          .exactOptional()
          .describe('What the statement sets off that its plan does not show'),
      })
      .exactOptional(),
  })
  .meta({
    id: 'database',
    description: 'What one database is asked to do, how it does it, and which indexes it should have',
  }) satisfies z.ZodType<DatabaseReport>;

import { printable } from '../../../errors.ts';
import { counted, either } from '../../../model/plural.ts';
import type { Advice, FindingDraft, RuleResult, RuleView, Severity } from '../../../model/rule.ts';
import { connectionLines } from '../connection-lines.ts';
import { type ConnectionFact, factsOf } from '../facts.ts';

/** A connection as the application told of it, with what it has to be judged by. */
interface Told {
  readonly settings: ConnectionFact;
  /** Its own word, else that of the file: only WAL is stored there. Lower case; '' when not known. */
  readonly journalMode: string;
  /** Bytes. */
  readonly pageSize: number;
  /** It cannot write (query_only): what is about writing does not matter for it. */
  readonly readsOnly: boolean;
}

/** What is wrong with one setting of a connection. */
interface Wrong {
  /** What it has, as part of a sentence after "has". */
  readonly text: string;
  readonly severity: Severity;
  /** What to set instead, in SQL; of ours, because it becomes code. */
  readonly set: string | number;
  /** What to know before setting it. */
  readonly note?: string;
}

/** One pragma that belongs to a connection, and how its value is judged. */
export interface Row {
  readonly pragma: string;
  /** Null: nothing is wrong with it. */
  judge(value: number, told: Told): Wrong | null;
}

/** A pragma whose value is a word. */
export interface WordRow {
  readonly pragma: string;
  judgeWord(value: string, told: Told): Wrong | null;
}

const SEVERITIES: readonly Severity[] = ['info', 'warning', 'critical'];
const rank = ({ severity }: Wrong) => SEVERITIES.indexOf(severity);
/** In the summary, the gravest first; the others are in the evidence. */
const MOST_NAMED = 3;
/** What the other values mean depends on these. */
const CONTEXT = ['journal_mode', 'page_size', 'query_only'];

/**
 * Judges what the application told of its connections by these rows: a finding for each connection that has something wrong,
 * with the lines of code for just that; otherwise what was checked and what was not told. Needs the rule to declare
 * `sqlite.connection`, `sqlite.pragma` and `sqlite.file`.
 */
export function judgeConnections(view: RuleView, rows: readonly (Row | WordRow)[]): RuleResult {
  const connections = toldConnections(view);
  const names = rows.map(({ pragma }) => pragma);
  const untold = names.filter((name) => connections.some(([, { settings }]) => settings[name] === undefined));
  const checked = names.filter((name) => connections.some(([, { settings }]) => settings[name] !== undefined));
  if (checked.length === 0)
    return { notApplicable: `the application did not tell ${names.join(', ')}: its statement log does` };
  const found = connections.flatMap(([process, told]): FindingDraft[] => {
    const wrong = rows.flatMap((row) => {
      const problem = judged(row, told);
      return problem === null ? [] : [{ pragma: row.pragma, ...problem }];
    });
    if (wrong.length === 0) return [];
    const worst = wrong.toSorted((a, b) => rank(b) - rank(a));
    const rest = counted(worst.length - MOST_NAMED, 'more setting');
    const has = [...worst.slice(0, MOST_NAMED).map(({ text }) => text), ...(worst.length > MOST_NAMED ? [rest] : [])];
    const missing = names.filter((name) => told.settings[name] === undefined);
    return [
      {
        subject: process,
        summary: printable(`the connection of ${process} has ${has.join(', ')}`),
        severity: worst[0]!.severity,
        confidence: 'high',
        evidence: [
          ...(worst.length > MOST_NAMED
            ? [{ label: 'not as it should be', value: worst.map(({ text }) => text).join('; ') }]
            : []),
          ...Object.entries(told.settings).flatMap(([label, value]) =>
            value === undefined || !(names.includes(label) || CONTEXT.includes(label))
              ? []
              : [{ label, value: typeof value === 'string' ? printable(value) : value }],
          ),
          ...(missing.length === 0 ? [] : [{ label: 'not told by the application', value: missing.join(', ') }]),
        ],
        advice: adviceFor(wrong, process),
      },
    ];
  });
  if (found.length > 0) return { found };
  const whose = `${either(connections.length, 'the connection', `the ${counted(connections.length, 'connection')}`)} that the application told of`;
  const rest =
    untold.length === 0 ? '' : `; not told by ${either(connections.length, 'it', 'all')}: ${untold.join(', ')}`;
  return { clear: `${whose} ${either(connections.length, 'is', 'are')} set well: ${checked.join(', ')}${rest}` };
}

/** The connections by what they are called in sentences. */
export function toldConnections(view: Pick<RuleView, 'facts'>): readonly (readonly [process: string, told: Told])[] {
  const stored = factsOf(view, 'sqlite.pragma').get('journal_mode')?.value;
  const file = factsOf(view, 'sqlite.file').get('');
  return [...factsOf(view, 'sqlite.connection')].map(([process, settings]) => [
    process,
    {
      settings,
      journalMode: String(settings.journal_mode ?? stored ?? '').toLowerCase(),
      pageSize: settings.page_size ?? file?.pageSize ?? 4096,
      readsOnly: settings.query_only === 1,
    },
  ]);
}

function judged(row: Row | WordRow, told: Told): Wrong | null {
  const value = told.settings[row.pragma];
  if ('judge' in row) return typeof value === 'number' ? row.judge(value, told) : null;
  return typeof value === 'string' ? row.judgeWord(value.toLowerCase(), told) : null;
}

function adviceFor(wrong: readonly (Wrong & { readonly pragma: string })[], process: string): Advice {
  const notes = wrong.flatMap(({ note }) => note ?? []);
  return {
    text: [...notes, 'In the application, where it opens the database:'].join(' '),
    code: connectionLines(
      wrong.map(({ pragma, set }) => [pragma, set]),
      process,
    ),
  };
}

/** `2 MiB`, `256 GiB`: for sentences. */
export function bytesText(bytes: number): string {
  const power = Math.min(3, Math.max(1, Math.floor(Math.log2(Math.max(bytes, 1)) / 10)));
  return `${Number((bytes / 1024 ** power).toFixed(1))} ${['', 'KiB', 'MiB', 'GiB'][power]}`;
}

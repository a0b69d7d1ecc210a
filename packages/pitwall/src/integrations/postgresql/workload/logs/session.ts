import { type Meaning, meaningOf } from './message.ts';
import type { LogRecord } from './record.ts';

/** A call that the log told of, once, however many entries tell of it. */
export interface LoggedCall {
  readonly text: string;
  readonly params: readonly (string | null)[];
  readonly seconds: number | null;
  readonly at: number | null;
  readonly session: string | null;
  readonly plan: { readonly json: unknown } | { readonly text: string } | null;
}

/** Sessions that are followed at a time: the server has fewer. */
const SESSIONS = 5000;

interface Session {
  begun: { readonly text: string; readonly params: readonly (string | null)[] } | null;
  /** Its plan may still come, or its time. */
  open: (LoggedCall & { readonly ended: boolean }) | null;
}

/**
 * Puts together what several entries say of one call: its text (log_statement) and its time (log_duration), its plan
 * (auto_explain) and its time (log_min_duration_statement). The plan comes first for simple queries, and last in the extended
 * protocol, where the portal is closed after its time was logged. Memory is bounded.
 */
export class LogSessions {
  readonly #sessions = new Map<string, Session>();
  /** Entries that tell of a statement in a form that is not read. */
  unreadable = 0;

  *read(record: LogRecord): Generator<LoggedCall> {
    const meaning = meaningOf(record);
    if (meaning === null) return;
    if (meaning.kind === 'unreadable') {
      this.unreadable++;
      return;
    }
    const key = record.session ?? '';
    const session = this.#sessions.get(key) ?? { begun: null, open: null };
    this.#sessions.delete(key);
    this.#sessions.set(key, session);
    yield* heard(session, meaning, record);
    if (this.#sessions.size > SESSIONS) {
      const [oldest, { open }] = this.#sessions.entries().next().value!;
      this.#sessions.delete(oldest);
      if (open) yield open;
    }
  }

  /** What is left when the log ends. */
  *end(): Generator<LoggedCall> {
    for (const { open } of this.#sessions.values()) if (open) yield open;
    this.#sessions.clear();
  }
}

type Known = Exclude<Meaning, { readonly kind: 'unreadable' }>;

function* heard(session: Session, meaning: Known, { at, session: id }: LogRecord): Generator<LoggedCall> {
  const { open, begun } = session;
  session.open = null;
  if (meaning.kind === 'begins') {
    session.begun = { text: meaning.text, params: meaning.params };
    if (open) yield open;
    return;
  }
  const text = meaning.text ?? begun?.text ?? (open?.ended === false ? open.text : null);
  if (text === null) {
    if (open) yield open;
    return;
  }
  const params = meaning.params.length > 0 ? meaning.params : begun && isSame(begun.text, text) ? begun.params : [];
  const isEnd = meaning.kind === 'ended';
  const now = {
    text,
    params,
    seconds: meaning.seconds,
    at,
    session: id,
    plan: isEnd ? null : meaning.plan,
    ended: isEnd,
  };
  if (isEnd) session.begun = null;
  if (open && isOneCall(open, now)) {
    const [end, planned] = isEnd ? [now, open] : [open, now];
    yield { ...end, params: end.params.length > 0 ? end.params : planned.params, plan: planned.plan };
    return;
  }
  session.open = now;
  if (open) yield open;
}

/** An executor takes no longer than the call that it is part of: else they are two calls of one statement. */
function isOneCall(a: NonNullable<Session['open']>, b: NonNullable<Session['open']>): boolean {
  if (a.ended === b.ended || !isSame(a.text, b.text)) return false;
  const [end, planned] = a.ended ? [a, b] : [b, a];
  return (planned.seconds ?? 0) <= (end.seconds ?? 0);
}

function isSame(a: string, b: string): boolean {
  return a.trim() === b.trim();
}

import { loggedParameters } from './parameters.ts';
import type { LogRecord } from './record.ts';

/** What an entry of the log says of a statement. */
export type Meaning =
  /** It ended. `text` null: the entry before it in the session has it (log_statement with log_duration). */
  | {
      readonly kind: 'ended';
      readonly text: string | null;
      readonly params: readonly (string | null)[];
      readonly seconds: number;
    }
  /** It begins (log_statement). */
  | { readonly kind: 'begins'; readonly text: string; readonly params: readonly (string | null)[] }
  /** auto_explain. `plan`: its JSON or its text. */
  | {
      readonly kind: 'plan';
      readonly text: string;
      readonly params: readonly (string | null)[];
      readonly seconds: number;
      readonly plan: { readonly json: unknown } | { readonly text: string };
    }
  /** Values are there and were cut, or a plan is written in a form that is not read. */
  | { readonly kind: 'unreadable' };

/** Messages: errmsg() of check_log_statement and its neighbours in PostgreSQL's src/backend/tcop/postgres.c, auto_explain.c. */
const DURATION = /^duration: (\d{1,12}(?:\.\d{1,6})?) ms(?: {2}|$)/;
const ENDED = /^(?:statement|execute (?!fetch from )[^\n]{1,200}?): /;
const BEGINS = /^(?:statement|execute (?!fetch from )[^\n]{1,200}?): /;
/** Parts of a call: `parse` and `bind` come before it, `execute fetch from` after it, and are no calls of their own. */
const PART = /^(?:parse|bind|execute fetch from) |^fastpath function call/;

/** What it says, null when it says nothing of a statement. Never throws. */
export function meaningOf({
  severity,
  message,
  detail,
}: Pick<LogRecord, 'severity' | 'message' | 'detail'>): Meaning | null {
  if (severity !== 'LOG') return null;
  const duration = DURATION.exec(message);
  if (!duration) {
    const begins = BEGINS.exec(message);
    return (
      begins && { kind: 'begins', text: textOf(message.slice(begins[0].length), detail), params: paramsOf(detail) }
    );
  }
  const seconds = Number(duration[1]) / 1000;
  const rest = message.slice(duration[0].length);
  if (rest === '') return { kind: 'ended', text: null, params: [], seconds };
  if (rest.startsWith('plan:')) return planOf(rest.slice('plan:'.length), seconds);
  if (PART.test(rest)) return null;
  const ended = ENDED.exec(rest);
  if (!ended) return null;
  return { kind: 'ended', text: textOf(rest.slice(ended[0].length), detail), params: paramsOf(detail), seconds };
}

/** Of `EXECUTE name (…)` the statement that was prepared under the name is logged as detail. */
function textOf(text: string, detail: string | null): string {
  const [, prepared] = /^prepare: PREPARE [^\n]{1,200}? AS ([\s\S]*)$/i.exec(detail ?? '') ?? [];
  return prepared ?? text;
}

function paramsOf(detail: string | null): readonly (string | null)[] {
  // "Parameters" since PostgreSQL 16.
  const [, values] = /^[Pp]arameters: ([\s\S]*)$/.exec(detail ?? '') ?? [];
  return values === undefined ? [] : (loggedParameters(values) ?? []);
}

function planOf(body: string, seconds: number): Meaning {
  const trimmed = body.trim();
  if (trimmed.startsWith('{')) return jsonPlan(trimmed, seconds);
  if (!trimmed.startsWith('Query Text:')) return { kind: 'unreadable' };
  const lines = trimmed.slice('Query Text:'.length).split('\n');
  const begin = lines.findIndex((line) =>
    /\(cost=\d+\.\d+\.\.\d+\.\d+ rows=\d+ width=\d+\)/.test(line.slice(0, 10_000)),
  );
  if (begin < 0) return { kind: 'unreadable' };
  const head = lines.slice(0, begin);
  const values = head.findLastIndex((line) => line.startsWith('Query Parameters: '));
  const named = head.findLastIndex((line) => line.startsWith('Query Identifier: '));
  const end = [values, named].filter((at) => at >= 0).sort((a, b) => a - b)[0] ?? begin;
  const params = values < 0 ? null : loggedParameters(lines[values]!.slice('Query Parameters: '.length));
  return {
    kind: 'plan',
    text: head.slice(0, end).join('\n').trim(),
    params: params ?? [],
    seconds,
    plan: { text: lines.slice(begin).join('\n') },
  };
}

function jsonPlan(text: string, seconds: number): Meaning {
  try {
    const json = JSON.parse(text) as Readonly<Record<string, unknown>>;
    const [query, values] = [json['Query Text'], json['Query Parameters']];
    if (typeof query !== 'string' || query === '') return { kind: 'unreadable' };
    const params = typeof values === 'string' ? loggedParameters(values) : null;
    return { kind: 'plan', text: query, params: params ?? [], seconds, plan: { json } };
  } catch {
    // Cut, or broken off.
    return { kind: 'unreadable' };
  }
}

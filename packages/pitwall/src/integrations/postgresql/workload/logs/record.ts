/** One entry of a server's log, whatever its form. */
export interface LogRecord {
  /** Epoch seconds; null: the form does not tell. */
  readonly at: number | null;
  readonly user: string | null;
  readonly database: string | null;
  /** What tells sessions apart: the session's id, or its process's. */
  readonly session: string | null;
  readonly application: string | null;
  /** `LOG`, `ERROR` … */
  readonly severity: string;
  readonly message: string;
  readonly detail: string | null;
  /** Of the server's query id, as text; null: not told, or 0. */
  readonly queryId: string | null;
}

/** What reads a form of log. Lines that it does not know are counted and skipped. */
export interface RecordSource {
  readonly records: AsyncIterable<LogRecord>;
  /** Final once the records have ended. */
  readonly unknown: () => number;
  readonly cut: () => number;
}

/** Minutes east of Greenwich of usual abbreviations; others are read as UTC. */
const ZONES: Readonly<Record<string, number>> = {
  EST: -300,
  EDT: -240,
  CST: -360,
  CDT: -300,
  MST: -420,
  MDT: -360,
  PST: -480,
  PDT: -420,
  CET: 60,
  CEST: 120,
  EET: 120,
  EEST: 180,
  WET: 0,
  WEST: 60,
  BST: 60,
  IST: 330,
  MSK: 180,
  JST: 540,
  KST: 540,
  AEST: 600,
  AEDT: 660,
  NZST: 720,
  NZDT: 780,
  SAST: 120,
  BRT: -180,
  '-03': -180,
};

/** `2026-11-20 14:06:02.123 CET` → epoch seconds; null when it is no time. */
export function timeOf(text: string): number | null {
  const [, day, time, zone = ''] = /^(\d{4}-\d\d-\d\d)[ T](\d\d:\d\d:\d\d(?:[.,]\d+)?) ?(\S*)$/.exec(text.trim()) ?? [];
  if (day === undefined) return null;
  const base = Date.parse(`${day}T${time!.replace(',', '.')}Z`);
  if (Number.isNaN(base)) return null;
  const [, sign, hours, minutes] = /^([+-])(\d\d):?(\d\d)?$/.exec(zone) ?? [];
  if (sign !== undefined) {
    return base / 1000 - (sign === '-' ? -1 : 1) * (Number(hours) * 3600 + Number(minutes ?? 0) * 60);
  }
  return base / 1000 - (ZONES[zone] ?? 0) * 60;
}

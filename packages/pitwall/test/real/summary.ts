import type { Result } from './loop.ts';

/** What came of each application, for a person. */
export function summaryOf(results: readonly Result[]): string {
  return `${results.map(sectionOf).join('\n\n')}\n`;
}

function sectionOf(result: Result): string {
  if (result.skipped !== null) return `${result.application}: skipped, ${result.skipped}`;
  const { database, load, journalMode, stillRunning = [], complaints = [] } = result;
  const lines = [
    `${result.application}  ${result.version}  (${result.seconds?.toFixed(0)} s)`,
    `  contents   ${entries(result.contents)}`,
    `  detected   ${database?.detected.join(', ') || 'no database'}`,
    `  exits      ${entries(result.exits)}`,
    ...(result.findings ?? []).map(({ severity, rule, subject }) => `  found      ${severity} ${rule} ${subject}`),
    ...(load ? [`  load       ${load.requestsPerSecond.toFixed(0)} requests/s${load.valid ? '' : ', not valid'}`] : []),
    ...(result.planned ?? []).map((change) => `  planned    ${change}`),
    ...(result.leftOut ?? []).map((change) => `  left out   ${change}`),
    ...(result.outcomes ?? []).map(
      ({ change, decision, because }) => `  ${decision.padEnd(11)} ${change.preview.apply}\n              ${because}`,
    ),
    ...(database?.expected
      ? [
          `  restored   schema ${result.schemaRestored ? 'equal' : 'DIFFERENT'}, journal mode ${journalMode?.before} → ${journalMode?.after}`,
        ]
      : []),
    `  left       ${stillRunning.length === 0 ? 'no process' : `processes ${stillRunning.join(', ')}`}`,
    ...complaints.map((complaint) => `  COMPLAINT  ${complaint}`),
  ];
  return lines.join('\n');
}

function entries(record: Readonly<Record<string, number | null>> = {}): string {
  return Object.entries(record)
    .map(([key, value]) => `${key} ${value}`)
    .join(', ');
}

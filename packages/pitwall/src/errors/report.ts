import { type ErrorDefinition, EXIT } from './definition.ts';

/** Reports and files. */
export const report = {
  REPORT_NOT_JSON: {
    exit: EXIT.usage,
    sentence: 'This is not a report: it is not JSON: {reason}.',
    hint: 'Give the file that `--out report.json` or `--json` wrote.',
  },
  REPORT_INVALID: {
    exit: EXIT.usage,
    sentence: 'This is not a report: {key}: {problem}.',
    hint: 'Give the file that `--out report.json` or `--json` wrote; schema/report-1.schema.json describes it.',
  },
  REPORT_NEWER: {
    exit: EXIT.usage,
    sentence: 'This report has schema version {version}; this Pitwall reads up to version {supported}.',
    hint: 'Read it with the Pitwall that wrote it, or a newer one.',
  },
  REPORT_WITHOUT_LOAD: {
    exit: EXIT.usage,
    sentence: 'Run {run} has no load, and {format} holds nothing else.',
    hint: 'Take .json, .md, .html, .xml, .prom or .om, or the report of `pitwall load`.',
  },
  FILE_UNWRITABLE: {
    exit: EXIT.usage,
    sentence: 'Cannot write {file}: {reason}.',
    hint: 'Check the folder, its permissions and free space.',
  },
  OBSERVATION_INVALID: {
    exit: EXIT.usage,
    sentence: '{file} is not a saved observation: {reason}.',
    hint: 'Write one with `pitwall check --save-observation FILE`.',
  },
} as const satisfies Record<string, ErrorDefinition>;

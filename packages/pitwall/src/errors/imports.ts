import { type ErrorDefinition, EXIT } from './definition.ts';

/** Imports that write a scenario, and presets. */
export const imports = {
  IMPORT_FORMAT: {
    exit: EXIT.usage,
    sentence: '--format {format}: {reason}.',
    hint: 'Give combined, common, vhost_combined, caddy, json, a log_format of nginx, or a LogFormat of Apache.',
  },
  IMPORT_UNKNOWN: {
    exit: EXIT.usage,
    sentence: '{file} cannot be imported: {reason}.',
    hint: '`pitwall import --help` lists what can be: har, openapi, curl, access-log.',
  },
  IMPORT_EMPTY: {
    exit: EXIT.usage,
    sentence: 'Nothing of {file} can be imported: {reason}.',
    hint: 'Look at what was left out, and why; --host names the host that is imported.',
  },
  IMPORT_TOO_LARGE: {
    exit: EXIT.usage,
    sentence: 'The scenario of {file} would be too large: {reason}.',
    hint: 'Import less at once: a shorter recording, or fewer endpoints with --top.',
  },
  PRESET_UNKNOWN: {
    exit: EXIT.usage,
    sentence: 'There is no preset {name}: {instead}.',
    hint: '`pitwall load --preset list` names them all.',
  },
  TRACE_INVALID: {
    exit: EXIT.usage,
    sentence: '{file}:{line}: not a trace: {problem}.',
    hint: 'One JSON object a line, in order: {"at": seconds, "flow": "name"}. `pitwall import access-log FILE --as trace` writes one.',
  },
} as const satisfies Record<string, ErrorDefinition>;

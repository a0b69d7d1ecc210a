import { type ErrorDefinition, EXIT } from './definition.ts';

/** Usage and configuration. */
export const usage = {
  USAGE: { exit: EXIT.usage, sentence: '{what}', hint: 'See `pitwall {command} --help`.' },
  USAGE_COMMAND: { exit: EXIT.usage, sentence: '{what}', hint: '`pitwall --help` lists the commands.' },
  CONFIG_NOT_FOUND: {
    exit: EXIT.usage,
    sentence: 'There is no configuration file at {file}.',
    hint: 'Write one with `pitwall init URL`, name one with --config, or do without: `pitwall {without}`.',
  },
  CONFIG_UNREADABLE: {
    exit: EXIT.usage,
    sentence: 'Cannot read {file}: {reason}.',
    hint: 'Check the path and its permissions.',
  },
  CONFIG_SYNTAX: {
    exit: EXIT.usage,
    sentence: '{file}:{line}:{column}: not valid YAML: {reason}.',
    hint: 'Indentation is by spaces; quote values that contain ": " or start with a special character.',
  },
  CONFIG_INVALID: {
    exit: EXIT.usage,
    sentence: '{file}:{line}:{column}: {key}: {problem}.',
    hint: 'docs/CONTRACTS.md describes the file; `pitwall schema config` prints its JSON Schema for editors.',
  },
  SCENARIO_INVALID: {
    exit: EXIT.usage,
    sentence: '{file}:{line}:{column}: {key}: {problem}.',
    hint: 'docs/LOAD.md describes scenarios; `pitwall schema scenario` prints their JSON Schema for editors.',
  },
  CONFIG_SECRET_MISSING: {
    exit: EXIT.usage,
    sentence: '{file}:{line}:{column}: {key}: the secret {reference} cannot be read: {reason}.',
    hint: 'Set the environment variable or create the file; nothing is read from anywhere else.',
  },
  TLS_UNUSABLE: {
    exit: EXIT.usage,
    sentence: 'The TLS settings for {url} cannot be used: {reason}.',
    hint: 'Look at ca, cert, key, passphrase, minVersion and maxVersion under `tls:` of the target.',
  },
  INTEGRATION_UNKNOWN: { exit: EXIT.usage, sentence: 'There is no integration called {id}.', hint: 'Known: {known}.' },
  INTERRUPTED: { exit: EXIT.interrupted, sentence: 'Interrupted.', hint: 'What was under way has been taken back.' },
  INTERRUPTED_READING: { exit: EXIT.interrupted, sentence: 'Interrupted.', hint: 'Nothing was changed.' },
} as const satisfies Record<string, ErrorDefinition>;

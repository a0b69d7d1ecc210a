import { type ErrorDefinition, EXIT } from './definition.ts';

/** Store and saved runs. */
export const store = {
  RUN_UNKNOWN: {
    exit: EXIT.usage,
    sentence: 'There is no saved run {reference}.',
    hint: '`pitwall history` lists them.',
  },
  STORE_DAMAGED: {
    exit: EXIT.usage,
    sentence: 'The store {file} is damaged or not a Pitwall store: {reason}.',
    hint: 'It was left as it is. Restore a copy, or move it away and Pitwall begins a new one; keep it as long as it may record changes that are not taken back.',
  },
  STORE_NEWER: {
    exit: EXIT.usage,
    sentence: 'The store {file} has version {version}; this Pitwall knows versions up to {known}.',
    hint: 'It was left as it is. Update Pitwall, or name another folder with `state:` in the configuration.',
  },
  STORE_UNWRITABLE: {
    exit: EXIT.usage,
    sentence: 'The store {file} cannot be read and written: {reason}.',
    hint: 'Check the owner and the permissions of the file and its folder, or name another folder with `state:` in the configuration.',
  },
  STATE_FOLDER_UNSAFE: {
    exit: EXIT.usage,
    sentence: 'The state folder {directory} {problem}.',
    hint: 'It holds what is run to take changes back: `chmod go-w {directory}` after a look at what is in it, or name another folder with `state:` in the configuration.',
  },
  STORE_FULL: {
    exit: EXIT.refused,
    sentence: 'The store {file} cannot grow, so nothing was recorded: {reason}.',
    hint: 'Free disk space (or raise the quota or file-size limit) and try again; what was stored before is intact.',
  },
  STORE_BUSY: {
    exit: EXIT.refused,
    sentence: 'The store {file} is kept locked by another process: {reason}.',
    hint: 'Wait until the other pitwall has finished; `fuser {file}` names the process that has it open.',
  },
  STORE_EXISTS: {
    exit: EXIT.refused,
    sentence: 'The store already has {what}.',
    hint: 'Each is recorded once; make a new plan with `pitwall plan`.',
  },
  STORE_MISSING: { exit: EXIT.usage, sentence: 'The store has no {what}.', hint: 'See `pitwall history`.' },
  STORE_AMBIGUOUS: {
    exit: EXIT.usage,
    sentence: '{reference} could be several runs: {candidates}.',
    hint: 'Give more characters of the id.',
  },
  BASELINE_NAME: {
    exit: EXIT.usage,
    sentence: '"{name}" cannot be the name of a baseline.',
    hint: 'A name has 1 to 100 printable characters and is not `latest`.',
  },
} as const satisfies Record<string, ErrorDefinition>;

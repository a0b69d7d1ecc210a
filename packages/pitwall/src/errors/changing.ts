import { type ErrorDefinition, EXIT } from './definition.ts';

/** Changing. */
export const changing = {
  CONNECTION_UNRESOLVED: {
    exit: EXIT.refused,
    sentence: 'The connection that was recorded with a change cannot be made again: {problem}.',
    hint: 'Provide the secrets that the change was made with, then run `pitwall recover` again.',
  },
  RECOMMENDATION_UNKNOWN: {
    exit: EXIT.usage,
    sentence: 'No saved run has a recommendation {wanted}.',
    hint: '`pitwall check` shows the ids of what it recommends: r- and ten digits.',
  },
  RECOMMENDATION_AMBIGUOUS: {
    exit: EXIT.usage,
    sentence: 'Several recommendations begin with {wanted}.',
    hint: 'Give more of the id: {found}.',
  },
  PLAN_INVALID: {
    exit: EXIT.usage,
    sentence: '{file}: {key}: {problem}.',
    hint: 'Write a fresh one with `pitwall plan -o FILE`; docs/CONTRACTS.md describes the file.',
  },
  LOCKED: {
    exit: EXIT.refused,
    sentence: 'Another pitwall is changing something on this host: {holder}.',
    hint: 'Wait until it has finished. The lock ends with its process, so there is never a stale one to delete.',
  },
  LOCK_UNAVAILABLE: {
    exit: EXIT.refused,
    sentence: 'Nothing was changed, because the lock in {directory} cannot be taken: {reason}.',
    hint: 'Check that the folder can be written to and that its disk is not full.',
  },
  DRIFT: {
    exit: EXIT.refused,
    sentence: '{subject} is no longer what it was when the plan was made: {difference}.',
    hint: 'Make a new plan; this one was not applied.',
  },
  NOTHING_TO_DO: {
    exit: EXIT.refused,
    sentence: '{subject} already is what the plan asks for.',
    hint: 'Take it out of the plan, or make a new plan.',
  },
  RESTART_NOT_ALLOWED: {
    exit: EXIT.refused,
    sentence: '{subject} needs a restart: {reason}.',
    hint: 'Allow it with --allow-restart, and configure service.stop and service.start.',
  },
  NOT_APPLIED: {
    exit: EXIT.refused,
    sentence: '{change} was not applied: {reason}.',
    hint: '{hint}',
  },
  CHANGE_REFUSED: { exit: EXIT.refused, sentence: '{subject}: {reason}.', hint: 'Nothing was changed.' },
  TARGET_LOCKED: {
    exit: EXIT.refused,
    sentence: '{path} is locked by another connection, and stayed so for {seconds} s{holders}.',
    hint: 'Try again when it is less busy, or end the transaction that holds the lock.',
  },
  TARGET_IN_USE: {
    exit: EXIT.refused,
    sentence: '{path} is open elsewhere ({holders}), and {action} needs it alone.',
    hint: 'Stop what uses it, or configure service.stop and service.start and use --allow-restart.',
  },
  CHANGE_FAILED: {
    exit: EXIT.refused,
    sentence: '{subject} could not be changed: {reason}.',
    hint: 'It is as it was before; `pitwall history` shows what was done.',
  },
  UNDO_BLOCKED: {
    exit: EXIT.refused,
    sentence: '{id} cannot be taken back now: {reason}.',
    hint: 'Remove the cause, then run `pitwall recover`: the original is safe in the journal.',
  },
  ORIGINAL_NEEDED: {
    exit: EXIT.refused,
    sentence: '{path} fails its check: {reason}.',
    hint: 'Stop what uses it and restore the copy, or a backup of your own; Pitwall changes and deletes nothing more of it.',
  },
  JOURNAL_FAILED: {
    exit: EXIT.refused,
    sentence: 'The journal cannot be written ({reason}), so {consequence}.',
    hint: 'Make room on the disk of the state folder; then run `pitwall recover`.',
  },
  SERVICE_CONTROL_FAILED: {
    exit: EXIT.refused,
    sentence: 'The command to {action} the service failed: {reason}.',
    hint: 'Check service.{action} in pitwall.yaml, and whether the service is running now.',
  },
  SERVICE_UNHEALTHY: {
    exit: EXIT.refused,
    sentence: 'The service is not healthy: {reason}.',
    hint: 'Look at its own log. What was under way has been taken back where that was possible.',
  },
} as const satisfies Record<string, ErrorDefinition>;

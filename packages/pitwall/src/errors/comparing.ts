import { type ErrorDefinition, EXIT } from './definition.ts';

/** Comparing runs. */
export const comparing = {
  COMPARE_UNLIKE: {
    exit: EXIT.usage,
    sentence: 'These two runs are not comparable: {differences}.',
    hint: 'Make both with the same load, or compare them all the same with --anyway: part of the difference is then the load.',
  },
  COMPARE_INVALID: {
    exit: EXIT.unmeasurable,
    sentence: 'The load of {run} is not valid, so there is nothing to compare: {reason}',
    hint: 'Measure it again with fewer users or a lower rate, more workers, or on a quieter machine.',
  },
  COMPARE_SAME_RUN: {
    exit: EXIT.usage,
    sentence: '{a} and {b} are one and the same run.',
    hint: '`pitwall history` lists the saved runs.',
  },
  COMPARE_NOT_A_RUN: {
    exit: EXIT.usage,
    sentence: '{run} is a {command} and not one measurement of a service.',
    hint: 'Name runs of `pitwall load` or `pitwall check`; `pitwall history` lists them.',
  },
  REPORT_UNREADABLE: {
    exit: EXIT.usage,
    sentence: 'Cannot read the report {file}: {reason}.',
    hint: 'Check the path and its permissions.',
  },
  CALIBRATION_SPOILED: {
    exit: EXIT.unmeasurable,
    sentence: 'Only {valid} of {made} runs were valid, and a calibration needs {needed} of {runs}: {reason}',
    hint: 'Use fewer users or a lower rate, more workers, or a quieter machine for the generator.',
  },
  CALIBRATION_INTERRUPTED: {
    exit: EXIT.interrupted,
    sentence: 'Interrupted after {made} of {runs} runs.',
    hint: 'The calibration from those runs is in the report and in the store; more runs would know the noise better.',
  },
  CALIBRATION_INTERRUPTED_EARLY: {
    exit: EXIT.interrupted,
    sentence:
      'Interrupted after {made} of {runs} runs, {valid} of them valid: a calibration needs at least {needed}, so nothing is kept.',
    hint: 'What requests have changed at the service until then is still there.',
  },
  DUET_INTERRUPTED: {
    exit: EXIT.interrupted,
    sentence: 'Interrupted after {made} of {pairs} pairs of blocks.',
    hint: 'The comparison from those pairs is in the report and in the store; more pairs would see smaller changes.',
  },
  DUET_INTERRUPTED_EARLY: {
    exit: EXIT.interrupted,
    sentence:
      'Interrupted after {made} of {pairs} pairs of blocks, {valid} of them valid: a verdict needs at least {needed}, so nothing is kept.',
    hint: 'What requests have changed at the services until then is still there.',
  },
  DUET_SPOILED: {
    exit: EXIT.unmeasurable,
    sentence: 'Only {valid} of {pairs} pairs of blocks were valid, so there is no verdict: {reason}',
    hint: 'Use fewer users or a lower rate, more workers, or a quieter machine for the generator.',
  },
  INDICATOR_NEVER_MEASURED: {
    exit: EXIT.unmeasurable,
    sentence: 'No saved run has the indicator {indicator}.',
    hint: '{hint}',
  },
} as const satisfies Record<string, ErrorDefinition>;

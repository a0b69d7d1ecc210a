import { type ErrorDefinition, EXIT } from './definition.ts';

/** `pitwall db`, whatever the technology is. */
export const databases = {
  NO_DATABASE: {
    exit: EXIT.usage,
    sentence: 'There is no database among the targets.',
    hint: 'Give --postgresql URL or --sqlite FILE, or add a target with `integration: postgresql` or `integration: sqlite` to pitwall.yaml.',
  },
  DATABASE_UNKNOWN: {
    exit: EXIT.usage,
    sentence: 'There is no database {wanted} among the targets.',
    hint: 'There are: {known}.',
  },
  DATABASE_AMBIGUOUS: {
    exit: EXIT.usage,
    sentence: 'Several targets are databases, and this is about one.',
    hint: 'Say which with --target: {known}.',
  },
  DATABASE_UNREADABLE: {
    exit: EXIT.unmeasurable,
    sentence: 'The database {target} cannot be looked at: {reason}.',
    hint: '{hint}',
  },
} as const satisfies Record<string, ErrorDefinition>;

import { type ErrorDefinition, EXIT } from './definition.ts';

/** Measuring. */
export const measuring = {
  UNMEASURED: {
    exit: EXIT.unmeasurable,
    sentence: '{target} could not be measured: {reason}.',
    hint: '{hint}',
  },
  TARGET_UNREACHABLE: {
    exit: EXIT.unmeasurable,
    sentence: 'Cannot measure {target}: {reason}.',
    hint: 'Check that the service runs, and that scheme, host and port are right.',
  },
  TARGET_UNTRUSTED: {
    exit: EXIT.unmeasurable,
    sentence: 'Cannot measure {target}: {reason}.',
    hint: 'In pitwall.yaml, name the authority that signed it as `tls.ca` of the target (a PEM file), or the name that it is for as `tls.servername`; one that has expired has to be replaced.',
  },
  INIT_UNTRUSTED: {
    exit: EXIT.unmeasurable,
    sentence: 'Cannot look at {url}: {reason}.',
    hint: 'Set NODE_EXTRA_CA_CERTS to the PEM file of the authority that signed it and run this again; then name that file as `tls.ca` of the target in the pitwall.yaml that is written. A certificate that has expired, or is for another name, has to be replaced.',
  },
  COLLECTOR_TIMEOUT: {
    exit: EXIT.unmeasurable,
    sentence: '{collector} gave no answer within {seconds} s.',
    hint: 'The target may hang; raise the time limit in the configuration if it is only slow.',
  },
  COLLECTOR_FAILED: {
    exit: EXIT.unmeasurable,
    sentence: '{collector} failed: {reason}.',
    hint: 'Please report this as a bug if it persists.',
  },
  DEMO_FAILED: {
    exit: EXIT.unmeasurable,
    sentence: 'The demo cannot run: {reason}.',
    hint: 'The example is in examples/vending; its log is vending.log in the demo folder.',
  },
  PROCESS_NOT_FOUND: {
    exit: EXIT.unmeasurable,
    sentence: 'The processes of the service cannot be found: {reason}.',
    hint: 'Check that the service runs; processes of other users can only be inspected by root.',
  },
} as const satisfies Record<string, ErrorDefinition>;

import { type ErrorDefinition, EXIT } from './definition.ts';

/** Load. */
export const load = {
  LOAD_OPTIONS_INVALID: {
    exit: EXIT.usage,
    sentence: 'This load cannot be run: {problem}.',
    hint: 'See `pitwall load --help`, or `load:` in pitwall.yaml.',
  },
  LOAD_NOT_ALLOWED: {
    exit: EXIT.usage,
    sentence: '{host} is not this host, and no load is sent to other hosts unless they are named as allowed.',
    hint: 'If you answer for that host, name it in pitwall.yaml: `load: { allow: [{host}] }`.',
  },
  LOAD_UNREACHABLE: {
    exit: EXIT.unmeasurable,
    sentence: 'No load could be sent to {url}: {reason}.',
    hint: 'Check that the service runs, and that scheme, host and port are right.',
  },
  LOAD_UNTRUSTED: {
    exit: EXIT.unmeasurable,
    sentence: 'No load could be sent to {url}: {reason}.',
    hint: 'In pitwall.yaml, name the authority that signed it as `tls.ca` of the target (a PEM file), or the name that it is for as `tls.servername`; one that has expired has to be replaced.',
  },
  LOAD_PROTOCOL: {
    exit: EXIT.unmeasurable,
    sentence: '{url} does not speak {protocol}: {reason}.',
    hint: 'Choose the other protocol (`protocol: http1` or `http2`), or switch this one on at the service.',
  },
  LOAD_INVALID: {
    exit: EXIT.unmeasurable,
    sentence: 'The load is not valid, so its numbers judge nothing: {reason}',
    hint: 'Use fewer users or a lower rate, more workers, or a quieter machine for the generator.',
  },
  LOAD_SATURATED: {
    exit: EXIT.unmeasurable,
    sentence: 'The service did not take the load that was planned, so its numbers judge nothing: {reason}',
    hint: 'Lower the rate (of a trace: --speed), or let --search find the highest one that it takes; more --users help only where the service has room for them.',
  },
  LOAD_ONLY_ERRORS: {
    exit: EXIT.unmeasurable,
    sentence: 'None of the {sent} requests was answered with success, so nothing can be said of the service: {kinds}.',
    hint: 'Look at the paths, at what the service wants of a client (a log-in, a header), and at --timeout.',
  },
  LOAD_TARGET_UNCLEAR: {
    exit: EXIT.usage,
    sentence: 'The load could go to {targets}.',
    hint: 'Name one in the configuration: `load: { target: … }`.',
  },
  LOAD_TARGET_UNKNOWN: {
    exit: EXIT.usage,
    sentence: 'load.target names {target}, and no target of that name can be loaded.',
    hint: 'It has to be the id of a target with the http integration.',
  },
  LOAD_NOTHING_TO_REQUEST: {
    exit: EXIT.usage,
    sentence: 'There is nothing to request for the load.',
    hint: 'Give an http target endpoints with GET or HEAD, or say what to request under `load:`, as endpoints or a scenario.',
  },
  LOAD_LIMITS: {
    exit: EXIT.usage,
    sentence: 'This host cannot generate this load: {problem}.',
    hint: 'Raise the limit (`ulimit -n`, sysctl), use fewer users, or share the load out with --agents.',
  },
  LOAD_SETUP_FAILED: {
    exit: EXIT.unmeasurable,
    sentence: 'The load was not started: {reason}.',
    hint: 'Look at `oncePerUser` of the scenario and at its data; nothing was measured.',
  },
  LOAD_ABORTED: {
    exit: EXIT.critical,
    sentence: 'The load was ended early: {reason}.',
    hint: 'What was measured until then, if anything, is in the report.',
  },
  LOAD_TARGET_LOST: {
    exit: EXIT.unmeasurable,
    sentence: 'The load was ended early: {reason}.',
    hint: 'Look at the service: it may have died or restarted. What was measured until then, if anything, is in the report.',
  },
  LOAD_DANGER: {
    exit: EXIT.critical,
    sentence: 'The load was ended early to spare this host: {reason}.',
    hint: 'What was measured until then, if anything, is in the report; `abort: { danger: false }` goes on at your own risk.',
  },
  LOAD_DATA_ENDED: {
    exit: EXIT.unmeasurable,
    sentence: 'The load was ended early: {reason}.',
    hint: 'Give the feeder more rows, or an order that uses them again (`sequential`, `random`).',
  },
  LOAD_INTERRUPTED: {
    exit: EXIT.interrupted,
    sentence: 'Interrupted after {seconds} of {planned} s.',
    hint: 'What was measured until then is in the report and in the store.',
  },
  LOAD_INTERRUPTED_EARLY: {
    exit: EXIT.interrupted,
    sentence: 'Interrupted {when}, so nothing was measured and nothing is kept.',
    hint: 'What requests have changed at the service until then is still there.',
  },
  LOAD_INTERRUPTED_TWICE: {
    exit: EXIT.interrupted,
    sentence: 'Interrupted a second time: the load was ended at once, and nothing of it is kept.',
    hint: 'What requests have changed at the service until then is still there.',
  },
  LOAD_INTERRUPTED_LATE: {
    exit: EXIT.interrupted,
    sentence: 'Interrupted after the measured part.',
    hint: 'All of it is in the report and in the store.',
  },
  LOAD_SCENARIO_UNUSABLE: {
    exit: EXIT.usage,
    sentence: '{file}: {problem}.',
    hint: 'docs/LOAD.md describes scenarios; `pitwall import` writes one.',
  },
  SCENARIO_NOT_FOUND: {
    exit: EXIT.usage,
    sentence: 'There is no scenario file at {file}.',
    hint: 'Check the path: it is relative to the working folder. In pitwall.yaml it is relative to that file.',
  },
  SEARCH_NOTHING_PASSES: {
    exit: EXIT.critical,
    sentence: 'Even {rate} requests/s was too much: {reason}',
    hint: 'Start lower with --search-from, or look at why: the report has every step and what was used up.',
  },
  SEARCH_NO_VERDICT: {
    exit: EXIT.unmeasurable,
    sentence: 'The search has no answer, because the generator was the limit: {reason}',
    hint: 'Use more --workers or a quieter machine for the generator, or share the load out with --agents.',
  },
  SEARCH_INTERRUPTED: {
    exit: EXIT.interrupted,
    sentence: 'Interrupted after {steps}.',
    hint: 'What was found until then is in the report and in the store.',
  },
  LOAD_ACCESS_LOG: {
    exit: EXIT.usage,
    sentence: "The service's log {file} cannot be read: {reason}.",
    hint: 'Check `load.accessLog`, and that the user who runs Pitwall may read it.',
  },
} as const satisfies Record<string, ErrorDefinition>;

// biome-ignore-all lint/suspicious/noTemplateCurlyInString: references to secrets look like that in scenario files.
import { PitwallError } from '../../../errors.ts';
import { type DraftStep, isStepMethod, type ScenarioDraft, UniqueNames } from '../draft.ts';
import { literalBefore } from '../literal.ts';
import { type ImportNotes, NothingToImport } from '../notes.ts';
import { sharedHeaders } from '../recorded-headers.ts';
import { type CarriedRequest, type RecordedRequest, recordedStep, remarkWrites, stepName } from '../recorded-step.ts';
import { Recording, type ValueUse } from '../recording.ts';
import type { SecretPlaceholder } from '../secrets.ts';
import { counted } from '../words.ts';
import { type ParsedCurl, parseCurl } from './options.ts';
import { curlRequest } from './request.ts';
import { expandWord, hasVariable, type ShellCommand, tokenize } from './tokenize.ts';

export interface CurlOptions {
  readonly file: string;
  readonly name: string;
  readonly host: string | null;
  /** `flow`: one user sends them in this order; `mix`: each is a flow of its own. */
  readonly as: 'flow' | 'mix';
}

export interface ImportedCurl {
  readonly draft: ScenarioDraft;
  readonly secrets: readonly SecretPlaceholder[];
}

const MOST_REQUESTS = 200;

/** What is lost with an option, where there is something better to say than that a scenario does not have it. */
const LOST: Readonly<Record<string, string>> = {
  insecure: 'certificates are verified; `tls:` of the target has what is needed for a private CA',
  location: 'redirects are not followed: add the request that they lead to',
  'location-trusted': 'redirects are not followed: add the request that they lead to',
  'max-time': '`timeout:` of the load says when a request is given up',
  'connect-timeout': '`timeout:` of the load says when a request is given up',
  http2: '`protocol: http2` of the load',
  'http2-prior-knowledge': '`protocol: http2` of the load',
  http3: 'a load speaks HTTP/1.1 or HTTP/2',
  'unix-socket': '`socket:` of the load',
  cacert: '`tls:` of the target in pitwall.yaml',
  cert: '`tls:` of the target in pitwall.yaml',
  key: '`tls:` of the target in pitwall.yaml',
  proxy: 'a load goes to the service itself',
};

/** Turns curl command lines into a scenario. @throws PitwallError IMPORT_UNKNOWN, and NothingToImport */
export function importCurl(text: string, options: CurlOptions, notes: ImportNotes): ImportedCurl {
  refuseOtherShells(text, options.file);
  const recording = new Recording(notes);
  recording.rule = (value, name, place) => (hasVariable(value) ? fromEnvironment(value, name, place, recording) : null);
  const requests = tokenize(text).flatMap((command) => requestsOf(command, notes));
  const own = onlyOneHost(requests, options.host, notes);
  const names = new UniqueNames();
  const carried = own.flatMap((request): (CarriedRequest & { name: string })[] => {
    const step = recordedStep(request, recording);
    return step === null ? [] : [{ ...step, name: names.name(stepName(step)) }];
  });
  const [first] = own;
  if (carried.length === 0 || !first) {
    throw new NothingToImport('it has no curl command that can be sent');
  }
  remarkWrites(carried, notes);
  const headers = sharedHeaders(carried.map((request) => request.headers));
  const steps = carried.map(
    (request): DraftStep => ({
      name: request.name,
      method: request.method,
      path: request.path,
      headers: new Map([...request.headers].filter(([name]) => !headers.has(name))),
      body: request.body,
      think: null,
      extract: [],
      checks: [],
    }),
  );
  const origin = first.url.hostname.endsWith(UNKNOWN_HOST) ? null : first.url.origin;
  return {
    draft: {
      name: options.name,
      origin,
      variables: recording.variables,
      cookies: own.some((request) => request.headers.some(([name]) => name.toLowerCase() === 'cookie')),
      headers,
      feeders: [],
      flows:
        options.as === 'mix'
          ? steps.map((step) => ({ name: step.name, weight: 1, steps: [step] }))
          : [{ name: 'requests', weight: 1, steps }],
      preface: [
        `${counted(steps.length, 'request')}${origin === null ? '' : ` to ${origin}`}${
          options.as === 'mix'
            ? ', each a flow of its own.'
            : ', which each user sends in this order (--as mix: each a flow of its own).'
        }`,
      ],
    },
    secrets: recording.secrets.all,
  };
}

function refuseOtherShells(text: string, file: string): void {
  const refuse = (reason: string) => new PitwallError('IMPORT_UNKNOWN', { file, reason });
  if (/\bcurl(?:\.exe)?\s[^\n]{0,2000}\^["\n\r]/i.test(text.slice(0, 100_000))) {
    throw refuse('it is written for the Windows command prompt: copy it as "cURL (bash)" instead');
  }
  if (/\bInvoke-WebRequest\b|\bInvoke-RestMethod\b/i.test(text.slice(0, 100_000))) {
    throw refuse('it is written for PowerShell: copy it as "cURL (bash)" instead');
  }
}

/** `$NAME` of a shell is `${env:NAME}` of a scenario. */
function fromEnvironment(value: string, name: string, place: string, recording: Recording): ValueUse {
  const text = expandWord(value, literalBefore, (variable) => {
    recording.secrets.declare(variable, 'variable of the shell');
    return `\${env:${variable}}`;
  });
  recording.notes.remark('Variables of the shell ($NAME) are taken from the environment when the scenario is run.');
  if (place !== 'path' && place !== 'query') return { as: 'reference', text };
  return { as: 'variable', name: recording.secretVariable(text, name || 'path_part') };
}

function requestsOf(command: ShellCommand, notes: ImportNotes): readonly RecordedRequest[] {
  const where = `line ${command.line}`;
  const words = [...command.words];
  // Prompts and settings in front of it; a variable that is set there is one of the environment.
  while (/^(?:\$|%|>|sudo|time|command|[A-Za-z_]\w*=.*)$/s.test(words[0] ?? '')) words.shift();
  const program = words.shift() ?? '';
  if (!/(?:^|\/)curl(?:\.exe)?$/.test(program)) {
    if (program !== '')
      notes.leaveOut('command', 'it is not curl', `${where}: ${program.replace(/[\ue000\ue001]/g, '')}`);
    return [];
  }
  if (command.problem !== null) {
    notes.leaveOut('curl command', command.problem, where);
    return [];
  }
  return parseCurl(words).flatMap((part) => requestsOfPart(part, where, notes));
}

function requestsOfPart(part: ParsedCurl, where: string, notes: ImportNotes): readonly RecordedRequest[] {
  for (const name of part.unknown) notes.leaveOut('unknown curl option', 'the manual of curl does not have it', name);
  for (const { option, value } of part.options) {
    if (option.meaning === 'reported') {
      notes.leaveOut('curl option', LOST[option.long] ?? 'a scenario does not have it', `--${option.long}`);
    }
    if (option.long === 'cookie' && !value.includes('=')) notes.leaveOut('cookie file', 'it is not read', where);
    if (option.long === 'header' && value.startsWith('@')) notes.leaveOut('file with headers', 'it is not read', where);
  }
  const globbing = !part.options.some(({ option }) => option.long === 'globoff');
  return part.urls.flatMap((word): RecordedRequest[] => {
    const leave = (reason: string): [] => {
      notes.leaveOut('curl command', reason, where);
      return [];
    };
    if (word.length > 8192) return leave('its URL is longer than 8 KiB');
    if (globbing && /\{[^{}]*,[^{}]*\}|\[\w{1,20}-\w{1,20}(?::\d{1,9})?\]/.test(word)) {
      return leave('curl would make many URLs of it ({a,b}, [1-9]); write them out, or use a feeder');
    }
    const url = urlOf(word);
    if (url === null) return leave('it has no URL that begins with http:// or https://');
    const request = curlRequest(part, url);
    if ('problem' in request) return leave(request.problem);
    return isStepMethod(request.method) ? [request] : leave('a load cannot send its method');
  });
}

/** A host that is named by a variable of the shell. */
const UNKNOWN_HOST = '.variable.invalid';

function urlOf(word: string): URL | null {
  const written = word.replace(
    /^(https?:\/\/)?\ue000(\w+)\ue001/i,
    (_, scheme: string | undefined, name: string) =>
      `${scheme ?? 'http://'}${name.toLowerCase().replaceAll('_', '-')}${UNKNOWN_HOST}`,
  );
  const url = URL.parse(/^[a-z][a-z\d+.-]*:\/\//i.test(written) ? written : `http://${written}`);
  return url !== null && /^https?:$/.test(url.protocol) && url.hostname !== '' ? url : null;
}

function onlyOneHost(
  requests: readonly RecordedRequest[],
  host: string | null,
  notes: ImportNotes,
): readonly RecordedRequest[] {
  const chosen = host?.toLowerCase() ?? requests[0]?.url.host;
  const own = requests.filter(({ url }) => {
    if (url.host === chosen || url.hostname === chosen) return true;
    notes.leaveOut('request to another host', `only ${chosen} is imported; --host names another`, url.host);
    return false;
  });
  if (own.length > MOST_REQUESTS) {
    notes.leaveOut('request', `only the first ${MOST_REQUESTS} are written`, undefined, own.length - MOST_REQUESTS);
  }
  return own.slice(0, MOST_REQUESTS);
}

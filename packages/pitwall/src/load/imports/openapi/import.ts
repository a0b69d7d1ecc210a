import {
  type DraftFlow,
  type DraftStep,
  isSafeMethod,
  type ScenarioDraft,
  statusCheck,
  UniqueNames,
} from '../draft.ts';
import { literal, queryPart } from '../literal.ts';
import { type ImportNotes, NothingToImport, shorten } from '../notes.ts';
import { sharedHeaders } from '../recorded-headers.ts';
import { Recording } from '../recording.ts';
import type { SecretPlaceholder } from '../secrets.ts';
import { mapOf, own, textAt, type UnknownMap } from '../untrusted.ts';
import { counted } from '../words.ts';
import { bodyOf } from './body.ts';
import { PathVariables, parametersOf, pathTemplate, queryOf, simple } from './parameters.ts';
import { readOpenApi } from './read.ts';
import { References } from './refs.ts';
import { credentialsOf } from './security.ts';
import { serverOf } from './server.ts';

export interface OpenApiOptions {
  readonly file: string;
  readonly name: string;
  /** Operations that change data run too; else they are written as a comment. */
  readonly withWrites: boolean;
}

export interface ImportedOpenApi {
  readonly draft: ScenarioDraft;
  readonly secrets: readonly SecretPlaceholder[];
}

const METHODS = ['get', 'head', 'options', 'post', 'put', 'patch', 'delete'] as const;
/** A scenario has at most 200 flows. */
const MOST_OPERATIONS = 200;

interface Operation {
  readonly method: string;
  readonly path: string;
  readonly item: UnknownMap;
  readonly operation: UnknownMap;
}

/** Turns an OpenAPI document into a scenario: a flow of one step an operation. @throws PitwallError IMPORT_UNKNOWN, and NothingToImport */
export function importOpenApi(text: string, options: OpenApiOptions, notes: ImportNotes): ImportedOpenApi {
  const document = readOpenApi(text, options.file, notes);
  const references = new References(document, notes);
  const recording = new Recording(notes);
  const server = serverOf(document, notes);
  const variables = new PathVariables(recording);
  const names = new UniqueNames();
  const flows = operationsOf(document, references, notes).flatMap((operation): DraftFlow[] => {
    const step = stepOf(operation, { document, references, recording, variables, basePath: server.basePath }, names);
    if (step === null) return [];
    const disabled = !isSafeMethod(step.method) && !options.withWrites;
    if (disabled)
      notes.leaveOut('operation that changes data', 'it is written as a comment; --with-writes runs it', step.name);
    return [{ name: step.name, weight: 1, steps: [step], ...(disabled ? { disabled } : {}) }];
  });
  const running = flows.filter(({ disabled }) => disabled !== true);
  if (running.length === 0) {
    const reason =
      flows.length === 0
        ? 'it has no operation that can be sent'
        : 'all its operations change data; --with-writes imports them';
    throw new NothingToImport(reason);
  }
  const headers = sharedHeaders(flows.map(({ steps: [step] }) => step!.headers));
  return {
    draft: {
      name: options.name,
      origin: server.origin,
      variables: recording.variables,
      cookies: false,
      headers,
      feeders: [],
      flows: flows.map((flow) => ({ ...flow, steps: flow.steps.map((step) => withoutHeaders(step, headers)) })),
      preface: [
        `${describe(document)}: ${counted(flows.length, 'operation')}, each a flow of its own with the same weight: put the weights that your users have.`,
        ...(server.origin === null ? [] : [`Its server: ${server.origin}${server.basePath}`]),
      ],
    },
    secrets: recording.secrets.all,
  };
}

function operationsOf(document: UnknownMap, references: References, notes: ImportNotes): readonly Operation[] {
  const webhooks = Object.keys(mapOf(own(document, 'webhooks')) ?? {});
  for (const name of webhooks) notes.leaveOut('webhook', 'it is the service that calls there', name);
  const found: Operation[] = [];
  for (const [path, value] of Object.entries(mapOf(own(document, 'paths')) ?? {})) {
    const item = path.startsWith('/') ? references.resolve(value) : null;
    if (item === null) continue;
    for (const method of METHODS) {
      const operation = mapOf(own(item, method));
      if (operation === null) continue;
      const where = `${method.toUpperCase()} ${path}`;
      if (own(operation, 'deprecated') === true)
        notes.leaveOut('deprecated operation', 'nobody should call it any more', where);
      else if (found.length >= MOST_OPERATIONS)
        notes.leaveOut('operation', `only the first ${MOST_OPERATIONS} are written`, where);
      else found.push({ method: method.toUpperCase(), path, item, operation });
      for (const name of Object.keys(mapOf(own(operation, 'callbacks')) ?? {})) {
        notes.leaveOut('callback', 'it is the service that calls there', `${where}: ${name}`);
      }
    }
    for (const method of ['trace', 'query'] as const) {
      if (own(item, method) !== undefined)
        notes.leaveOut('operation', 'a load cannot send its method', `${method.toUpperCase()} ${path}`);
    }
  }
  return found;
}

interface Context {
  readonly document: UnknownMap;
  readonly references: References;
  readonly recording: Recording;
  readonly variables: PathVariables;
  readonly basePath: string;
}

function stepOf({ method, path, item, operation }: Operation, context: Context, names: UniqueNames): DraftStep | null {
  const { document, references, recording, variables, basePath } = context;
  const { notes } = recording;
  const where = `${method} ${path}`;
  const { parameters, problem } = parametersOf(item, operation, references, notes);
  const made = bodyOf(operation, references, notes);
  const lost = problem ?? made.problem;
  if (lost !== null) {
    notes.leaveOut('operation', lost, where);
    return null;
  }
  const credentials = credentialsOf(document, operation, references, recording);
  const query = [
    queryOf(parameters),
    ...credentials.query.map(([key, variable]) => `${queryPart(key)}={{${variable}}}`),
  ];
  const sent = query.filter((part) => part !== '').join('&');
  const whole = `${basePath}${pathTemplate(path, parameters, variables)}${sent === '' ? '' : `?${sent}`}`;
  if (whole.length > 8000) {
    notes.leaveOut('operation', 'its path and query are longer than 8000 characters', where);
    return null;
  }
  const headers = new Map(credentials.headers);
  for (const parameter of parameters) {
    const value = literal(simple(parameter.value, parameter.explode));
    if (parameter.in === 'header' && /^[\w-]{1,100}$/.test(parameter.name) && /^[\t -~]*$/.test(value)) {
      headers.set(parameter.name.toLowerCase(), value);
    } else if (parameter.in === 'cookie')
      notes.leaveOut('parameter', 'users keep the cookies that the service sets', `cookie ${parameter.name}`);
  }
  const answers = answersOf(operation, references);
  if (answers.accept !== null && !headers.has('accept')) headers.set('accept', answers.accept);
  if (made.contentType !== null) headers.set('content-type', made.contentType);
  const summary = textAt(operation, 'summary') ?? textAt(operation, 'operationId');
  return {
    name: names.name(shorten(where, 180)),
    method,
    path: whole,
    headers,
    body: made.body,
    think: null,
    extract: [],
    checks: answers.statuses.length === 0 ? [] : [statusCheck(answers.statuses)],
    ...(summary === null ? {} : { comment: shorten(summary, 200) }),
  };
}

/** Which statuses are good, and what is asked for: as documented. */
function answersOf(
  operation: UnknownMap,
  references: References,
): { readonly statuses: readonly number[]; readonly accept: string | null } {
  const statuses: number[] = [];
  let accept: string | null = null;
  for (const [code, value] of Object.entries(mapOf(own(operation, 'responses')) ?? {})) {
    if (/^[23]XX$/i.test(code)) statuses.push(...Array.from({ length: 100 }, (_, i) => Number(code[0]) * 100 + i));
    else if (/^[23]\d\d$/.test(code)) statuses.push(Number(code));
    else continue;
    const types = Object.keys(mapOf(own(references.resolve(value), 'content')) ?? {});
    accept ??=
      types.find((type) => /^application\/(?:[\w.+-]{1,60}\+)?json$/.test(type)) ??
      types.find((type) => /^[\w.+-]{1,60}\/[\w.+-]{1,60}$/.test(type)) ??
      null;
  }
  return { statuses: [...new Set(statuses)], accept };
}

function withoutHeaders(step: DraftStep, shared: ReadonlyMap<string, string>): DraftStep {
  return { ...step, headers: new Map([...step.headers].filter(([name]) => !shared.has(name))) };
}

function describe(document: UnknownMap): string {
  const info = own(document, 'info');
  const version = textAt(info, 'version');
  return shorten(`${textAt(info, 'title') ?? 'An API'}${version === null ? '' : ` ${version}`}`, 150);
}

import type { RecordedBody, RecordedPart } from '../recorded-body.ts';
import type { RecordedRequest } from '../recorded-step.ts';
import type { GivenOption, ParsedCurl } from './options.ts';

/** A request of a curl command line, or why there is none: the end of a sentence. */
export type CurlRequest = RecordedRequest | { readonly problem: string };

interface Data {
  /** Pieces of the body or, with -G, of the query. */
  readonly text: string | null;
  readonly isJson: boolean;
  readonly problem: string | null;
}

/** What the options of one command say of a request to `url`. `headers` are those of the command. */
export function curlRequest({ options }: ParsedCurl, url: URL): CurlRequest {
  const has = (long: string) => options.some(({ option }) => option.long === long);
  const last = (long: string) => options.findLast(({ option }) => option.long === long)?.value ?? null;
  if (has('upload-file')) return { problem: 'its body is a file (-T): add `body: { file: … }`' };
  if (has('config')) return { problem: 'it takes its options from a file (-K)' };
  const data = dataOf(options);
  if (data.problem !== null) return { problem: data.problem };
  const parts = options.filter(({ option }) => option.long === 'form' || option.long === 'form-string').map(partOf);
  const target = new URL(url);
  target.hash = '';
  const inQuery = has('get') ? data.text : null;
  const added = [
    inQuery,
    ...options.filter(({ option }) => option.long === 'url-query').map(({ value }) => queryOf(value)),
  ];
  for (const query of added)
    if (query !== null) target.search = target.search === '' ? query : `${target.search}&${query}`;
  const headers = headersOf(options, data.isJson);
  const body = has('get') ? null : bodyOf(data, parts, headers);
  const method = last('request') ?? (has('head') ? 'HEAD' : has('get') || body === null ? 'GET' : 'POST');
  return { method: method.toUpperCase(), url: target, headers, body };
}

/** curl joins everything that -d and its kin give with `&`, but for --json, whose pieces follow each other. */
function dataOf(options: readonly GivenOption[]): Data {
  const pieces: { readonly text: string; readonly glue: string }[] = [];
  let isJson = false;
  for (const { option, value } of options) {
    const file = {
      text: null,
      isJson,
      problem: `its body is a file (${value.slice(0, 60)}): add \`body: { file: … }\``,
    };
    switch (option.long) {
      case 'data':
      case 'data-ascii':
      case 'data-binary':
        if (value.startsWith('@')) return file;
        pieces.push({ text: value, glue: '&' });
        break;
      case 'data-raw':
        pieces.push({ text: value, glue: '&' });
        break;
      case 'json':
        if (value.startsWith('@')) return file;
        isJson = true;
        pieces.push({ text: value, glue: '' });
        break;
      case 'data-urlencode': {
        const encoded = urlEncoded(value);
        if (encoded === null) return file;
        pieces.push({ text: encoded, glue: '&' });
      }
    }
  }
  if (pieces.length === 0) return { text: null, isJson, problem: null };
  const text = pieces.map((piece, index) => (index === 0 ? '' : piece.glue) + piece.text).join('');
  return { text, isJson, problem: null };
}

/** `content`, `=content`, `name=content`; null for `@file` and `name@file`. */
function urlEncoded(value: string): string | null {
  const [, name = '', mark, content = ''] = /^([^=@]*)([=@])([\s\S]*)$/.exec(value) ?? [undefined, '', '=', value];
  if (mark === '@') return null;
  const encoded = encodeURIComponent(content.toWellFormed());
  return name === '' ? encoded : `${name}=${encoded}`;
}

/** `--url-query`: like `--data-urlencode`, or as it is after a `+`. */
function queryOf(value: string): string | null {
  return value.startsWith('+') ? value.slice(1) : urlEncoded(value);
}

/** `name=value`, `name=@file`, `name=<file`, each with `;type=…` and `;filename=…` behind it. */
function partOf({ option, value }: GivenOption): RecordedPart {
  const equals = value.indexOf('=');
  const name = equals < 0 ? value : value.slice(0, equals);
  const content = equals < 0 ? '' : value.slice(equals + 1);
  if (option.long === 'form-string') return { name, value: content, fileName: null, contentType: null };
  const setting = (key: string) =>
    new RegExp(`;\\s*${key}=("[^"]*"|[^;]*)`, 'i').exec(content)?.[1]?.replace(/^"|"$/g, '').trim();
  const bare = content
    .replace(/;\s*(?:type|filename|encoder|headers)=(?:"[^"]*"|[^;]*)/gi, '')
    .replace(/^"([\s\S]*)"$/, '$1');
  const contentType = setting('type') || null;
  if (/^[@<]/.test(bare)) {
    const file = bare.slice(1).split(/[\\/]/).at(-1) || 'file';
    return { name, value: null, fileName: bare.startsWith('@') ? (setting('filename') ?? file) : null, contentType };
  }
  return { name, value: bare, fileName: setting('filename') ?? null, contentType };
}

function bodyOf(
  { text, isJson }: Data,
  parts: readonly RecordedPart[],
  headers: readonly (readonly [name: string, value: string])[],
): RecordedBody | null {
  if (parts.length > 0) return { contentType: 'multipart/form-data', text: null, parts };
  if (text === null) return null;
  const given = headers.find(([name]) => name.toLowerCase() === 'content-type')?.[1];
  return { contentType: given ?? (isJson ? 'application/json' : 'application/x-www-form-urlencoded'), text };
}

function headersOf(
  options: readonly GivenOption[],
  isJson: boolean,
): readonly (readonly [name: string, value: string])[] {
  const headers = new Map<string, readonly [name: string, value: string]>();
  const set = (name: string, value: string) => headers.set(name.toLowerCase(), [name, value] as const);
  const fallback = (name: string, value: string) => headers.has(name) || set(name, value);
  const removed = new Set<string>();
  for (const { option, value } of options) {
    if (option.long === 'user-agent') set('user-agent', value);
    else if (option.long === 'referer') set('referer', value.replace(/;auto$/, ''));
    else if (option.long === 'oauth2-bearer') set('authorization', `Bearer ${value}`);
    else if (option.long === 'user') set('authorization', `Basic ${Buffer.from(value).toString('base64')}`);
    else if (option.long === 'range') set('range', `bytes=${value}`);
    else if (option.long === 'cookie' && value.includes('=')) set('cookie', value);
    else if (option.long === 'header') {
      const [, name, mark, text] = /^([^:;]+)([:;])\s*([\s\S]*)$/.exec(value) ?? [];
      if (name === undefined) continue;
      // `Name:` takes a header of curl's own away, `Name;` sends it empty.
      if (mark === ':' && text === '') removed.add(name.trim().toLowerCase());
      else set(name.trim(), mark === ';' ? '' : text!.trim());
    }
  }
  if (isJson) {
    fallback('content-type', 'application/json');
    fallback('accept', 'application/json');
  }
  if (options.some(({ option }) => option.long === 'compressed'))
    fallback('accept-encoding', 'deflate, gzip, br, zstd');
  return [...headers].flatMap(([name, header]) => (removed.has(name) ? [] : [header]));
}

import type { ImportNotes } from '../notes.ts';
import { listOf, own, textAt, type UnknownMap } from '../untrusted.ts';

export interface Server {
  /** Where the document says that the service is; null when it only has a path. */
  readonly origin: string | null;
  /** Before all paths, without a slash at its end: `/api/v3`. */
  readonly basePath: string;
}

/** The first server of a document, with the defaults of its variables. */
export function serverOf(document: UnknownMap, notes: ImportNotes): Server {
  const servers = listOf(own(document, 'servers'));
  if (servers.length > 1) notes.remark('It names several servers; the path of the first one is used.');
  const template = textAt(servers[0], 'url') ?? '/';
  const variables = own(servers[0], 'variables');
  const text = template
    .slice(0, 2000)
    .replace(/\{([^{}]{1,100})\}/g, (_, name: string) => textAt(own(variables, name), 'default') ?? name);
  const relative = text.startsWith('/') && !text.startsWith('//');
  const url = URL.parse(text, relative ? 'http://relative.invalid' : undefined);
  if (url === null || !/^https?:$/.test(url.protocol)) {
    notes.leaveOut('server', 'its URL cannot be read', text);
    return { origin: null, basePath: '' };
  }
  return {
    origin: relative ? null : url.origin,
    basePath: url.pathname.replace(/\/+$/, '').replace(/[{}]/g, (brace) => encodeURIComponent(brace)),
  };
}

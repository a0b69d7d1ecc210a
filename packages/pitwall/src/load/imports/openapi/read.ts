import { parseDocument } from 'yaml';
import { PitwallError, reasonOf } from '../../../errors.ts';
import type { ImportNotes } from '../notes.ts';
import { mapOf, textAt, type UnknownMap } from '../untrusted.ts';

/** An OpenAPI document as plain data. @throws PitwallError IMPORT_UNKNOWN when it is none that can be read */
export function readOpenApi(text: string, file: string, notes: ImportNotes): UnknownMap {
  const refuse = (reason: string) => new PitwallError('IMPORT_UNKNOWN', { file, reason });
  const data = mapOf(parsed(text.replace(/^\ufeff/, ''), refuse));
  if (data === null) throw refuse('it is not a map, as every OpenAPI document is');
  if (textAt(data, 'swagger') !== null) {
    throw refuse('it is Swagger 2.0: convert it to OpenAPI 3 first (https://converter.swagger.io)');
  }
  const version = textAt(data, 'openapi');
  if (version === null) throw refuse('it has no `openapi: 3.…` in it');
  if (!/^3\.\d/.test(version)) throw refuse(`it is OpenAPI ${version.slice(0, 20)}, and only 3.x can be read`);
  if (!/^3\.[01]\b/.test(version)) notes.remark(`It is OpenAPI ${version.slice(0, 20)}; it is read as 3.1.`);
  return data;
}

function parsed(text: string, refuse: (reason: string) => PitwallError): unknown {
  try {
    if (text.trimStart().startsWith('{')) return JSON.parse(text);
    const document = parseDocument(text, {
      schema: 'core',
      prettyErrors: false,
      uniqueKeys: false,
      logLevel: 'silent',
    });
    const [error] = document.errors;
    if (error) throw error;
    // Aliases of aliases of aliases grow without bounds.
    return document.toJS({ maxAliasCount: 1000 });
  } catch (error) {
    throw refuse(`it is neither JSON nor YAML: ${reasonOf(error)}`);
  }
}

import type { Step, StepBody } from './scenario.ts';
import type { TemplateContext } from './template.ts';

/** A template of a step, and where it stands: keys from the step. */
export interface PlacedTemplate {
  readonly text: string;
  readonly context: TemplateContext;
  readonly at: readonly (string | number)[];
}

/** All templates of a step, in the order of Step. */
export function stepTemplates({ path, headers, body }: Step): readonly PlacedTemplate[] {
  return [
    { text: path, context: 'path', at: ['path'] },
    ...headerTemplates(headers),
    ...(body === null ? [] : bodyTemplates(body)),
  ];
}

/** Those of headers, under `headers`. */
export function headerTemplates(headers: Step['headers']): readonly PlacedTemplate[] {
  return Object.entries(headers).map(([name, text]) => ({ text, context: 'header', at: ['headers', name] }));
}

function bodyTemplates(body: StepBody): readonly PlacedTemplate[] {
  switch (body.kind) {
    case 'text':
      return [{ text: body.text, context: 'text', at: ['body', 'text'] }];
    case 'bytes':
      return [];
    case 'json':
      return jsonTemplates(body.value, ['body', 'value']);
    case 'form':
      return Object.entries(body.fields).map(([name, text]) => ({
        text,
        context: 'form',
        at: ['body', 'fields', name],
      }));
    case 'multipart':
      return body.parts.flatMap(({ value, base64 }, index) =>
        base64 ? [] : [{ text: value, context: 'text' as const, at: ['body', 'parts', index, 'value'] }],
      );
  }
}

function jsonTemplates(value: unknown, at: readonly (string | number)[]): readonly PlacedTemplate[] {
  if (typeof value === 'string') return [{ text: value, context: 'json', at }];
  if (Array.isArray(value)) return value.flatMap((each, index) => jsonTemplates(each, [...at, index]));
  if (typeof value !== 'object' || value === null) return [];
  return Object.entries(value).flatMap(([key, each]) => jsonTemplates(each, [...at, key]));
}

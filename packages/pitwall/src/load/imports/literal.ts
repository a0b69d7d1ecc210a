// biome-ignore-all lint/suspicious/noTemplateCurlyInString: references to secrets look like that in scenario files.
import { literalTemplate } from '../../model/template.ts';

/** A text that a scenario file gives back as it is: `${` would begin a secret, `{{` a value. */
export function literal(text: string): string {
  return withoutReferences(literalTemplate(text));
}

/** The same in front of a value or a reference: a `$` at its end would take the `{` of what follows for its own. */
export function literalBefore(text: string): string {
  return literal(text).replace(/\$$/, () => "{{'$'}}");
}

/** For texts that are no templates (names, patterns): only `${` means something in them. */
export function withoutReferences(text: string): string {
  // A function: in a replacement text `$$` would be one dollar.
  return text.replaceAll('${', () => '$${');
}

/** A segment of a path as it is sent: what RFC 3986 §3.3 lets stand there is left readable. */
export function pathSegment(decoded: string): string {
  return encodeURIComponent(decoded.toWellFormed()).replace(/%(?:40|3A|2C|3B|3D|2B)/g, decodeURIComponent);
}

/** A key or a value of a query as it is sent. */
export function queryPart(decoded: string): string {
  return encodeURIComponent(decoded.toWellFormed()).replace(/%(?:40|3A|2F|2C|5B|5D)/g, decodeURIComponent);
}

/** What follows the origin in a recorded URL, with the characters encoded that a template would take for its own. */
export function templatePath(sent: string): string {
  return sent.replace(/[{}]/g, (brace) => (brace === '{' ? '%7B' : '%7D'));
}

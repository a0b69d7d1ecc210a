const ENTITIES: Readonly<Record<string, string>> = {
  '&': '&amp;',
  '<': '&lt;',
  '>': '&gt;',
  '"': '&quot;',
  "'": '&#39;',
};

/** Text that is safe in element content and in quoted attributes. */
function escapeHtml(text: string): string {
  return text.replace(/[&<>"']/g, (character) => ENTITIES[character]!);
}

/** Markup that was made by `el`: the only way to put anything unescaped into a page. */
export class Markup {
  readonly text: string;
  constructor(text: string) {
    this.text = text;
  }
}

export type Child = Markup | string | number | null | readonly Child[];
type Attributes = Readonly<Record<string, string | number | boolean | undefined>>;

const VOID = new Set(['meta', 'br', 'hr', 'col', 'link']);

function render(child: Child): string {
  if (child === null) return '';
  if (child instanceof Markup) return child.text;
  return typeof child === 'object' ? child.map(render).join('') : escapeHtml(String(child));
}

/** An element of HTML or SVG. Tag and attribute names are ours; values and children are escaped. */
export function el(tag: string, attributes: Attributes, ...children: readonly Child[]): Markup {
  const written = Object.entries(attributes)
    .filter(([, value]) => value !== undefined && value !== false)
    .map(([name, value]) => (value === true ? ` ${name}` : ` ${name}="${escapeHtml(String(value))}"`))
    .join('');
  return new Markup(
    VOID.has(tag) ? `<${tag}${written}>` : `<${tag}${written}>${children.map(render).join('')}</${tag}>`,
  );
}

/** Text that is ours and must not be escaped: the style sheet. Never anything that was measured or configured. */
export function trusted(text: string): Markup {
  return new Markup(text);
}

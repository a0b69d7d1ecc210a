import { inTimeBox } from './time-box.ts';

/** A compiled JSONPath query (RFC 9535). */
export interface JsonPath {
  /** The first value that is there, in a box, because null is a value; null when there is none. */
  first(data: unknown): { readonly value: unknown } | null;
}

/** Descending everywhere and regular expressions can take long on data that somebody made for it. */
const MAY_BE_SLOW = /\.\.|\b(?:match|search)\s*\(/;

/**
 * Gives the compiler of JSONPath queries; it throws for a path that is none. The library behind it is only loaded by the
 * scenarios that have such a path.
 */
export async function jsonPathCompiler(): Promise<(path: string) => JsonPath> {
  const { compile } = await import('json-p3');
  return (path) => {
    const query = compile(path);
    const first = (data: unknown) => {
      try {
        const [node] = query.query(data as Parameters<typeof query.query>[0]).nodes;
        return node ? { value: node.value } : null;
      } catch {
        // Deeper than the library descends: what cannot be looked through has nothing to find.
        return null;
      }
    };
    return { first: MAY_BE_SLOW.test(path) ? (data) => inTimeBox(() => first(data)) ?? null : first };
  };
}

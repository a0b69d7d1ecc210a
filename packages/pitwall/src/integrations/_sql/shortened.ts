/** At most `longest` characters of a text, with `…` where something is left out. A pair of surrogates is not torn apart. */
export function shortened(text: string, longest: number): string {
  return text.length > longest ? `${text.slice(0, longest - 1).replace(/[\ud800-\udbff]$/, '')}…` : text;
}

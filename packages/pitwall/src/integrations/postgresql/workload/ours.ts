/** How our statements and those of our analysis are marked. */
const OURS = /\/\* pitwall \*\//;

/** True for a statement that Pitwall itself sent. The mark stands near the beginning. */
export function isOurs(text: string): boolean {
  return OURS.test(text.slice(0, 200));
}

/** Whether it has placeholders: without values it cannot be run again. */
export function hasPlaceholders(text: string): boolean {
  return /\$\d/.test(text);
}

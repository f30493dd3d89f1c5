/** Moves the lines of a text in by two cells; empty ones stay empty. */
export function indent(text: string): string {
  return text.replaceAll(/^(?=.)/gm, '  ');
}

/** Takes a file with many documents apart without parsing it. */

/**
 * The texts of the documents, in order and without a gap, by the lines `---` that begin them: nothing within a document can
 * look like one (https://yaml.org/spec/1.2.2/#914-explicit-documents). Null where these lines do not tell all.
 */
export function piecesOf(text: string): string[] | null {
  // What directives and marks of an end belong to, only a parser can tell.
  if (/(?<![^\n])(?:%|\.\.\.)/.test(text) || text.includes('\uFEFF')) return null;
  const starts = [...text.matchAll(/(?<![^\n])---(?![^ \t\r\n])/g)].map((match) => match.index);
  const [first = 0] = starts;
  // Comments alone before the first line belong to the document behind it.
  if (isBlank(text.slice(0, first))) starts.shift();
  return [0, ...starts].map((start, index) => text.slice(start, starts[index]));
}

/** Whether a text says nothing: it has comments, and lines that begin a document, alone. */
export function isBlank(text: string): boolean {
  return text.split('\n').every((line) => /^(?:---)?\s*(?:(?<!-)#|$)/.test(line));
}

/** Whether a piece may declare something of a name: without escapes, a name stands in the text as it is. */
export function mayName(piece: string, name: string): boolean {
  if (piece.includes('\\')) return true;
  return new RegExp(`(?<![\\w.-])${name.replaceAll(/\W/g, '\\$&')}(?![\\w.-])`).test(piece);
}

/** The head of every generated file, without the sign of a comment. */
export const GENERATED = 'Made by `npm run gen` from the OpenAPI document. Changes belong there.';

/** Lines of at most `width` characters; words are not broken. */
export function wrapped(text: string, width: number): readonly string[] {
  return text.split('\n').flatMap((paragraph) => {
    const lines = [''];
    for (const word of paragraph.split(' ')) {
      const line = lines.at(-1)!;
      if (line !== '' && line.length + 1 + word.length > width) lines.push(word);
      else lines[lines.length - 1] = line === '' ? word : `${line} ${word}`;
    }
    return lines;
  });
}

/** Summary and description as one text; a sentence each. */
export function docOf({ summary, description }: { readonly summary: string; readonly description: string }): string {
  return [summary === '' || /[.!?]$/.test(summary) ? summary : `${summary}.`, description]
    .filter((text) => text !== '')
    .join(' ');
}

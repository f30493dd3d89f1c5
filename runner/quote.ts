/** Names and texts as DuckDB, PostgreSQL and SQLite read them in SQL. */

/** `"name"`: an identifier. */
export function quoteName(name: string): string {
  return `"${name.replaceAll('"', '""')}"`;
}

/** `'text'`: a string literal. */
export function quoteText(text: string): string {
  return `'${text.replaceAll("'", "''")}'`;
}

/** `['a', 'b']`: a list of string literals. */
export function quoteList(texts: readonly string[]): string {
  return `[${texts.map(quoteText).join(', ')}]`;
}

/** `'path'`: a literal for DuckDB's file functions, which would take `*`, `?` and `[` for wildcards. */
export function quotePath(path: string): string {
  return quoteText(path.replaceAll(/[*?[]/g, '[$&]'));
}

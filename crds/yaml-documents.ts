import { Composer, Parser, isAlias, isMap, isScalar, isSeq, type Document, type Node, type YAMLError } from 'yaml';
import { FILE_LIMITS } from './limits.ts';
import { isMergeKey, keyText } from './yaml-nodes.ts';

/** Documents one after the other: what is not asked for is not read. */
export function composeDocuments(text: string): Generator<Document.Parsed> {
  // Keys are compared where values are made: the library compares each with every other one.
  const composer = new Composer({ uniqueKeys: false, prettyErrors: false, logLevel: 'silent' });
  return composer.compose(new Parser().parse(text), true, text.length);
}

/** What may be a resource in a document: itself, or the items of a Kubernetes `List`. Null where there is nothing. */
export function rootsOf(document: Document.Parsed): (Node | null)[] {
  const { contents } = document;
  if (contents === null || (isScalar(contents) && contents.value === null)) return [null];
  const known = head(contents);
  if (!isMap(contents) || known?.['apiVersion'] !== 'v1' || known['kind'] !== 'List') return [contents];
  const items: unknown = contents.items.find((pair) => keyText(pair.key) === 'items')?.value;
  return isSeq(items) ? (items.items as Node[]) : [];
}

/**
 * What `classify` needs of a document, without making a value of it: a foreign one may hold what only its own tool can
 * read. Null where anchors or merge keys take part and the value must tell.
 */
export function head(root: Node): Record<string, unknown> | null {
  const found: Record<string, unknown> = {};
  if (!isMap(root)) return isAlias(root) ? null : found;
  for (const pair of root.items) {
    const key = keyText(pair.key);
    if (isMergeKey(pair.key)) return null;
    if (key === 'metadata' || key === 'spec') found[key] = {};
    if (key !== 'apiVersion' && key !== 'kind') continue;
    if (isAlias(pair.value)) return null;
    found[key] = isScalar(pair.value) ? pair.value.value : {};
  }
  return found;
}

const SYNTAX_HINTS: Partial<Record<YAMLError['code'], string>> = {
  TAB_AS_INDENT: 'indent with spaces',
  BAD_INDENT: 'check the indentation of this line and the one before',
  BLOCK_AS_IMPLICIT_KEY: 'check the indentation; a text that holds ": " needs quotes',
  MULTILINE_IMPLICIT_KEY: 'is a colon missing? A text over several lines needs `|` or quotes',
  BAD_SCALAR_START: 'a text that begins with @, `, %, & or * needs quotes',
  MISSING_CHAR: 'a quote, a bracket or a comma is missing',
  UNEXPECTED_TOKEN: 'put quotes around texts that hold : # { } [ ] , or begin with a sign',
};

/** What a syntax error says, and a hint where its kind allows one. */
export function syntaxWords(error: YAMLError, text: string): [message: string, hint?: string] {
  if (error.code === 'RESOURCE_EXHAUSTION') return [`more than ${FILE_LIMITS.depth} levels of maps and lists`];
  const [line = ''] = error.message.split('\n');
  const message = `${line.slice(0, 1).toLowerCase()}${line.slice(1, 200)}`;
  if (text[error.pos[0] - 1] === '$') return [message, 'inside { } and [ ] put quotes around ${...}'];
  if (message.includes(' end with a ')) return [message, 'a closing bracket or a comma is missing'];
  return [message, SYNTAX_HINTS[error.code]];
}

import type { Document } from 'yaml';
import { HeadgateError } from '../../foundation/errors.ts';
import { SourceText } from '../../crds/text.ts';
import { composeDocuments, syntaxWords } from '../../crds/yaml-documents.ts';
import { toValue } from '../../crds/yaml-value.ts';
import { refuseHeavyYaml } from './weight.ts';

/** How a body is called in the places of its errors. */
const BODY = 'request';

/**
 * The value of a YAML body, read as files of the repository are: the limits of depth and aliases are theirs. Undefined for
 * more than one document. Throws `invalid_yaml` with line and column, `payload_too_large`.
 */
export function yamlValue(
  text: string,
): { readonly documents: 1; readonly value: unknown } | { readonly documents: 2 } {
  refuseHeavyYaml(text);
  const source = new SourceText(BODY, text);
  let only: Document.Parsed | undefined;
  for (const document of composeDocuments(text)) {
    if (only !== undefined) return { documents: 2 };
    only = document;
    const [error] = document.errors;
    if (error !== undefined) {
      const [message, hint] = syntaxWords(error, text);
      throw invalid(message, source.position(error.pos[0]), hint);
    }
  }
  if (only === undefined || only.contents === null) return { documents: 1, value: null };
  const read = toValue(only.contents, new Map(), { aliases: 0, expandedValues: 0 });
  if ('value' in read) return { documents: 1, value: read.value };
  throw invalid(read.message, source.position(read.offset), read.hint);
}

function invalid(message: string, at: string, hint: string | undefined): HeadgateError {
  return new HeadgateError('invalid_yaml', `the body is not YAML: ${message} (${at})`, { at, hint });
}

import type { Document, Node, YAMLError } from 'yaml';
import type { ErrorRecord } from '../foundation/errors.ts';
import { classify } from './classify.ts';
import type { Resource } from './index.ts';
import { toIssue, type Problem } from './issues.ts';
import { FILE_LIMITS } from './limits.ts';
import type { Places } from './places.ts';
import { decodeFile, SourceText } from './text.ts';
import { isMap, toRecord, validateDocument, type ValidateOptions } from './validate.ts';
import { composeDocuments, head, rootsOf, syntaxWords } from './yaml-documents.ts';
import { noteAnchors, offsetOf, type Anchors } from './yaml-nodes.ts';
import { toValue, type ExpansionBudget, type YamlValue } from './yaml-value.ts';

/** A resource as a file declares it. Holds the text of its file and the places of its fields, and no syntax tree. */
export interface ParsedResource {
  readonly resource: Resource;
  readonly file: string;
  /** The line on which it begins. */
  readonly line: number;
  /** `file:line:column` of the field at a JSON pointer, or of what encloses it. */
  readonly at: (pointer: string) => string;
}

export interface ParsedFile {
  /** Valid resources, in the order of the file. */
  readonly documents: readonly ParsedResource[];
  /** `invalid_yaml`, `invalid_resource` and the like, each with `at`. */
  readonly errors: readonly ErrorRecord[];
  /** Documents that are not of Headgate, such as a kustomization. Empty documents do not count. */
  readonly skipped: number;
}

/**
 * Everything that a YAML or JSON file declares. One bad document does not hide its neighbours. Never throws: whatever the
 * bytes are, the answer is resources, errors, or neither.
 */
export function parseFile(bytes: Uint8Array, file: string, options: ValidateOptions = {}): ParsedFile {
  const source = decodeFile(bytes, file);
  if (!(source instanceof SourceText)) return { documents: [], errors: [source], skipped: 0 };
  const reading = new FileReading(source, options);
  for (const document of composeDocuments(source.text)) {
    if (!reading.read(document)) break;
  }
  return { documents: reading.documents, errors: reading.errors, skipped: reading.skipped };
}

class FileReading {
  readonly documents: ParsedResource[] = [];
  readonly errors: ErrorRecord[] = [];
  skipped = 0;
  readonly #source: SourceText;
  readonly #options: ValidateOptions;
  readonly #budget: ExpansionBudget = { aliases: 0, expandedValues: 0 };
  #count = 0;

  constructor(source: SourceText, options: ValidateOptions) {
    this.#source = source;
    this.#options = options;
  }

  /** False when a limit is reached and the rest of the file is not worth reading. */
  read(document: Document.Parsed): boolean {
    const [error] = document.errors;
    if (error !== undefined) this.#refuseSyntax(document, error);
    const anchors: Anchors = new Map();
    for (const root of error === undefined ? rootsOf(document) : [document.contents]) {
      this.#count += 1;
      if (this.#count > FILE_LIMITS.documents) {
        const message = `more than ${FILE_LIMITS.documents} documents in one file`;
        this.#refuse(offsetOf(root, document.range[0]), message, 'split the file');
        return false;
      }
      if (error === undefined && root !== null) this.#readRoot(document, root, anchors);
    }
    if (this.errors.length < FILE_LIMITS.errors) return true;
    this.#refuse(document.range[0], `more than ${FILE_LIMITS.errors} errors; the rest of the file is not read`);
    return false;
  }

  #refuseSyntax(document: Document.Parsed, error: YAMLError): void {
    // Where the library runs out of stack depends on how deep it was called: the start of the document does not.
    const offset = error.code === 'RESOURCE_EXHAUSTION' ? document.range[0] : error.pos[0];
    this.#refuse(offset, ...syntaxWords(error, this.#source.text));
  }

  #readRoot(document: Document.Parsed, root: Node, anchors: Anchors): void {
    const known = head(root);
    if (known !== null && classify(known).as === 'foreign') {
      noteAnchors(root, anchors);
      this.skipped += 1;
      return;
    }
    if (document.directives.yaml.version === '1.1') {
      this.#refuse(document.range[0], 'the rules of YAML 1.1 are not supported', 'remove the line %YAML 1.1');
      return;
    }
    const read = toValue(root, anchors, this.#budget);
    if ('value' in read) this.#validate(read, offsetOf(root));
    else this.#refuse(read.offset, read.message, read.hint);
  }

  #validate({ value, places }: YamlValue, offset: number): void {
    if (!isMap(value) || classify(value).as === 'foreign') {
      this.skipped += 1;
      return;
    }
    const result = validateDocument(value, this.#options);
    if (!result.ok) {
      const { metadata } = value as { metadata?: { namespace?: unknown } };
      const workspace = metadata?.namespace ?? this.#options.namespace ?? 'default';
      this.errors.push({
        ...this.#invalid(places, result.problems),
        ...(typeof workspace === 'string' ? { workspace } : {}),
      });
      return;
    }
    const source = this.#source;
    this.documents.push({
      resource: result.resource,
      file: source.file,
      line: source.line(offset),
      at: (pointer) => source.position(places.offset(pointer, 'value')),
    });
  }

  #invalid(places: Places, problems: readonly Problem[]): ErrorRecord {
    const placed = problems.map((problem) => ({ problem, offset: places.offset(problem.pointer, problem.side) }));
    placed.sort((a, b) => a.offset - b.offset);
    return toRecord(placed.map(({ problem, offset }) => toIssue(problem, this.#source.position(offset))));
  }

  #refuse(offset: number, message: string, hint?: string): void {
    const at = this.#source.position(offset);
    this.errors.push({ code: 'invalid_yaml', message, at, ...(hint === undefined ? {} : { hint }) });
  }
}

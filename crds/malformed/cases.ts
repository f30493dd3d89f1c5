/** A file that is wrong, and everything that is said about it. */
export interface MalformedCase {
  readonly name: string;
  readonly file: string | Uint8Array;
  /** `code`, `line:column`, JSON pointer and message of each error, in the order of the file. */
  readonly errors: readonly (readonly [code: string, at: string, pointer: string, message: string])[];
}

const HEAD = 'apiVersion: headgate.dev/v1alpha1\n';

/** A resource of a kind with the lines of its spec, which begin at line 5. */
export function resource(kind: string, spec: string): string {
  return `${HEAD}kind: ${kind}\nmetadata: {name: x}\nspec:\n${spec}`;
}

/** A pipeline that is right but for the lines given: source and destination stand at lines 5 and 6, the rest follows. */
export function pipeline(...lines: readonly string[]): string {
  return resource(
    'Pipeline',
    ['source: {connection: a}', 'destination: {connection: b}', ...lines].map(indent).join('\n'),
  );
}

/** A spec of nothing but the lines given, from line 5. */
export function bare(...lines: readonly string[]): string {
  return resource('Pipeline', lines.map(indent).join('\n'));
}

function indent(line: string): string {
  return `  ${line}`;
}

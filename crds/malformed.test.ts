import { describe, expect, it } from 'vitest';
import type { MalformedCase } from './malformed/cases.ts';
import { CONNECTORS } from './malformed/connectors.ts';
import { ENVELOPE } from './malformed/envelope.ts';
import { OTHERS } from './malformed/others.ts';
import { PIPELINES } from './malformed/pipelines.ts';
import { SYNTAX } from './malformed/syntax.ts';
import { parseFile } from './parse.ts';

function errorsOf(file: MalformedCase['file']): MalformedCase['errors'] {
  const bytes = typeof file === 'string' ? Buffer.from(file) : file;
  return parseFile(bytes, 'f.yaml').errors.flatMap((error) =>
    (error.issues ?? [{ pointer: '', message: error.message, at: error.at, code: undefined }]).map(
      (issue) => [issue.code ?? error.code, issue.at!.replace('f.yaml:', ''), issue.pointer, issue.message] as const,
    ),
  );
}

describe.each([
  ['syntax', SYNTAX],
  ['envelope', ENVELOPE],
  ['Pipeline', PIPELINES],
  ['Connector', CONNECTORS],
  ['other kinds', OTHERS],
])('malformed: %s', (_, cases) => {
  it.each(cases)('$name', ({ file, errors }) => {
    expect(errors).not.toEqual([]);
    expect(errorsOf(file)).toEqual(errors);
  });
});

describe('the record of a malformed resource', () => {
  const parse = (text: string) => parseFile(Buffer.from(text), 'a/b.yaml');

  it('carries the message, place and hint of its only issue', () => {
    const { errors } = parse(PIPELINES.find((item) => item.name === 'a number as version')!.file as string);
    expect(errors).toEqual([
      {
        code: 'invalid_resource',
        workspace: 'default',
        message: 'spec.version: must be a string, not a number',
        at: 'a/b.yaml:7:12',
        hint: 'put quotes around it',
        issues: [expect.objectContaining({ pointer: '/spec/version', at: 'a/b.yaml:7:12' })],
      },
    ]);
  });

  it('counts the issues beyond the first, and has the code that all of them share', () => {
    const { errors } = parse(PIPELINES.find((item) => item.name === 'several mistakes at once')!.file as string);
    expect(errors[0]!.message).toBe("spec.sorce: unknown field (did you mean 'source'?) (and 2 more)");
    const { errors: schedule } = parse(PIPELINES.find((item) => item.name === 'cron with hour 25')!.file as string);
    expect(schedule[0]!.code).toBe('invalid_schedule');
  });

  it('never shows what stands where a secret may stand', () => {
    const text = OTHERS.map((item) => item.file).concat(PIPELINES.map((item) => item.file)) as string[];
    const said = JSON.stringify(text.map((file) => parse(file).errors));
    expect(said).not.toContain('hunter2');
    expect(said).not.toContain('u:secret');
  });

  it('does not hide the good documents beside it', () => {
    const good = 'apiVersion: headgate.dev/v1alpha1\nkind: Run\nmetadata: {name: r}\nspec: {pipeline: p}\n';
    const { documents, errors } = parse(`${good}---\nkind: Run\nmetadata: {name: s}\n---\na: "\n---\n${good}`);
    expect(documents.map((document) => document.line)).toEqual([1]);
    expect(errors.map((error) => error.code)).toEqual(['invalid_resource', 'invalid_yaml']);
    expect(parse(`${good}---\na: [}\n---\n${good}`).documents.map((document) => document.line)).toEqual([1, 8]);
  });

  it('stops at a hundred errors', () => {
    const bad = '--- {apiVersion: headgate.dev/v1alpha1, kind: Ruin}\n';
    const { errors } = parse(bad.repeat(500));
    expect(errors).toHaveLength(101);
    expect(errors.at(-1)!.message).toBe('more than 100 errors; the rest of the file is not read');
  });
});

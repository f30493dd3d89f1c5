import { Type, type Static } from 'typebox';
import { Strict } from '../../crds/common.ts';
import type { ErrorRecord } from '../../foundation/errors.ts';
import { Nullable } from './common.ts';

const IssueView = Strict({
  pointer: Type.String({ description: 'JSON pointer into the document.' }),
  message: Type.String(),
  at: Nullable(Type.String(), { description: '`file:line:column`.' }),
  hint: Nullable(Type.String()),
});

/** An error that was recorded: of a run, or of a file in a sync. */
export const ErrorView = Strict(
  {
    code: Type.String({ description: 'A code of the registry; `/docs/errors/<code>` explains it.' }),
    message: Type.String(),
    file: Nullable(Type.String(), {
      description: 'The file of the repository, or `request` for documents that were sent.',
    }),
    line: Nullable(Type.Integer({ minimum: 1 })),
    column: Nullable(Type.Integer({ minimum: 1 })),
    at: Nullable(Type.String(), { description: 'Where it is: `file:line:column`, a pointer or a path.' }),
    hint: Nullable(Type.String(), { description: 'How to mend it.' }),
    issues: Type.Array(IssueView),
  },
  { title: 'RecordedError', description: 'An error as it was recorded.' },
);
export type ErrorView = Static<typeof ErrorView>;

/** `file:line` or `file:line:column`; an address is neither. */
const PLACE = /^((?!\w+:\/\/).+?):(\d+)(?::(\d+))?$/;

export function errorView(error: ErrorRecord): ErrorView {
  const place = PLACE.exec(error.at ?? '');
  return {
    code: error.code,
    message: error.message,
    file: place?.[1] ?? null,
    line: place === null ? null : Number(place[2]),
    column: place?.[3] === undefined ? null : Number(place[3]),
    at: error.at ?? null,
    hint: error.hint ?? null,
    issues: (error.issues ?? []).map(({ pointer, message, at, hint }) => ({
      pointer,
      message,
      at: at ?? null,
      hint: hint ?? null,
    })),
  };
}

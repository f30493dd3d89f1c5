import { Type } from 'typebox';
import { Strict } from '../../crds/common.ts';

/** Problem details (RFC 9457) as `middleware/problem.ts` makes them. */
export const ProblemView = Strict(
  {
    type: Type.String({ description: 'A page about this kind of error.', examples: ['/docs/errors/not_found'] }),
    title: Type.String({ description: 'The kind of error.' }),
    status: Type.Integer({ description: 'The HTTP status.', minimum: 400, maximum: 599 }),
    detail: Type.String({ description: 'What is wrong this time.' }),
    instance: Type.String({ description: 'The path that was asked for.' }),
    code: Type.String({ description: 'The kind of error, for programs.' }),
    at: Type.Optional(Type.String({ description: 'Where it is: `file:line:column`, a pointer or a path.' })),
    errors: Type.Array(
      Strict({
        pointer: Type.String({
          description: 'JSON pointer into the body; `/query/…` and `/path/…` are parameters.',
        }),
        message: Type.String(),
        at: Type.Optional(Type.String()),
        hint: Type.Optional(Type.String()),
      }),
      { description: 'Each single problem.' },
    ),
    hint: Type.String({ description: 'How to mend it.' }),
    request_id: Type.String({ description: 'The same as the header `X-Request-Id`.' }),
    error: Strict(
      { code: Type.String(), message: Type.String() },
      { description: 'The same once more, for clients that look here.' },
    ),
  },
  { title: 'Problem', description: 'An error (RFC 9457).' },
);

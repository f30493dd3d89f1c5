/** Kinds of fields that settings and manifests of HTTP APIs share. */
import { Type } from 'typebox';
import { OneOf } from './common.ts';

export const Text = (description: string, options: Record<string, unknown> = {}) =>
  Type.String({ description, minLength: 1, maxLength: 8192, ...options });

export const BodyPath = (description: string, examples: readonly string[]) =>
  Type.String({
    description: `${description} A dotted path (\`meta.next\`) or a JSON pointer (\`/meta/next\`).`,
    minLength: 1,
    maxLength: 1024,
    examples: [...examples],
  });

export const Place = OneOf(['query', 'body'], {
  description: 'Where parameters go: `query`, or `body` (into the JSON body of a POST, the name being a dotted path).',
  default: 'query',
});

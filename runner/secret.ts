import { Type } from 'typebox';

/**
 * A settings field whose value is secret: a string that takes references only (`${env:NAME}`, `${file:/path}`,
 * `${secret:name/key}`). A literal there is refused, and the resolved value is redacted wherever the runner speaks.
 */
export const Secret = (description: string, options: Record<string, unknown> = {}) =>
  Type.String({ description, secret: true, ...options });

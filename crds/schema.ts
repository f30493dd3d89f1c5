import { Ajv, type ValidateFunction } from 'ajv';
import type { Kind } from '../foundation/ids.ts';
import { API_VERSION, Metadata, Strict } from './common.ts';
import { KINDS } from './index.ts';

/** Annotations in our schemas that are Kubernetes' own and mean nothing to ajv. */
export const KUBERNETES_KEYWORDS = [
  'x-kubernetes-preserve-unknown-fields',
  'x-kubernetes-list-type',
  'x-kubernetes-list-map-keys',
  'x-kubernetes-validations',
];

/** The JSON Schema of a whole declared resource of a kind. `status` is not declared: it is dropped before. */
export function resourceSchema(kind: Kind): Record<string, unknown> {
  return {
    ...Strict({
      apiVersion: { const: API_VERSION, description: 'The version of the resource format.' },
      kind: { const: kind, description: 'What it is.' },
      metadata: Metadata,
      spec: KINDS[kind].spec,
    }),
    description: KINDS[kind].summary,
  };
}

// A memo of a pure function: compiling takes tens of milliseconds, and not every process validates every kind.
const compiled = new Map<Kind, ValidateFunction>();

/** The validator of whole resources of a kind, compiled at its first use. */
export function schemaValidator(kind: Kind): ValidateFunction {
  let validator = compiled.get(kind);
  if (validator === undefined) {
    const ajv = new Ajv({
      allErrors: true,
      verbose: true,
      strict: true,
      allowUnionTypes: true,
      validateFormats: false,
    });
    for (const keyword of KUBERNETES_KEYWORDS) ajv.addKeyword(keyword);
    validator = ajv.compile(resourceSchema(kind));
    compiled.set(kind, validator);
  }
  return validator;
}

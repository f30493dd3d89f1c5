import type { ErrorObject } from 'ajv';
import type { Problem } from './issues.ts';
import { nearest } from './nearest.ts';
import { fieldsOf, toProblem, typeName } from './schema-words.ts';

/** A file of a megabyte can be wrong in a hundred thousand places: the first thousand are looked at. */
const MAX_ERRORS = 1000;

/** One problem for each thing that is wrong, out of what ajv (with `allErrors` and `verbose`) reports. */
export function problemsOf(errors: readonly ErrorObject[]): Problem[] {
  const problems = new Map<string, Problem>();
  // A field that is wrong in two ways is mended once: the first one is said.
  for (const problem of withoutMisspelt(relevantErrors(errors.slice(0, MAX_ERRORS))).map(toProblem)) {
    if (!problems.has(problem.pointer)) problems.set(problem.pointer, problem);
  }
  return [...problems.values()];
}

/** A required field under a misspelt name is one mistake, not an unknown field and a missing one. */
function withoutMisspelt(errors: readonly ErrorObject[]): ErrorObject[] {
  const meant = new Set(
    errors
      .filter((error) => error.keyword === 'additionalProperties')
      .map((error) => `${error.instancePath}/${nearest(String(error.params['additionalProperty']), fieldsOf(error))}`),
  );
  return errors.filter(
    (error) =>
      error.keyword !== 'required' || !meant.has(`${error.instancePath}/${String(error.params['missingProperty'])}`),
  );
}

function relevantErrors(errors: readonly ErrorObject[]): ErrorObject[] {
  const relevant = withoutOtherBranches(errors);
  const wrongType = new Set(relevant.filter((error) => error.keyword === 'type').map((error) => error.instancePath));
  const unknownField = new Set(
    relevant.filter((error) => error.keyword === 'additionalProperties').map((error) => error.instancePath),
  );
  return relevant
    .filter((error) => error.propertyName === undefined)
    .filter((error) => error.keyword === 'type' || !wrongType.has(error.instancePath))
    .filter((error) => error.keyword !== 'maxProperties' || !unknownField.has(error.instancePath));
}

/**
 * A union is a text or a structure. Only the errors of the branch whose type matches the value mean something; when none
 * matches, the union itself does.
 */
function withoutOtherBranches(errors: readonly ErrorObject[]): ErrorObject[] {
  let kept = [...errors];
  for (const union of errors.filter((error) => error.keyword === 'anyOf')) {
    const branches = union.schema as readonly { readonly type?: string }[];
    const chosen = branches.findIndex((branch) => branch.type === typeName(union.data));
    const isOfUnion = (error: ErrorObject): boolean =>
      error !== union &&
      error.schemaPath.startsWith(`${union.schemaPath}/`) &&
      isWithin(error.instancePath, union.instancePath);
    kept = kept.filter((error) => {
      if (error === union) return chosen === -1;
      return !isOfUnion(error) || error.schemaPath.startsWith(`${union.schemaPath}/${chosen}/`);
    });
  }
  return kept;
}

function isWithin(pointer: string, ancestor: string): boolean {
  return pointer === ancestor || pointer.startsWith(`${ancestor}/`);
}

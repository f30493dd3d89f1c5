import { HeadgateError, type ErrorRecord } from '../../foundation/errors.ts';
import { compileSchema, MAX_SCHEMA_TEXT, type Mismatch } from './payload-schema.ts';
import type { EventsSettings } from './settings.ts';
import { bestMatch, matchesAny } from './type-patterns.ts';

/** Of all schemas of a source together, in characters. */
const MAX_SCHEMAS_TEXT = 4 * MAX_SCHEMA_TEXT;

/**
 * What an event has against it, as `event_refused` with the JSON pointer of the place in the payload, or null. What becomes
 * of it then, `settings.onInvalid` says. Compiling takes milliseconds, so keep it for as long as the settings hold. Throws
 * `invalid_settings`.
 */
export function compileEventChecks(
  settings: Pick<EventsSettings, 'types' | 'schema' | 'schemas'>,
): (type: string, payload: unknown) => ErrorRecord | null {
  const { types, schema, schemas } = settings;
  if (JSON.stringify(schemas ?? {}).length > MAX_SCHEMAS_TEXT) {
    throw new HeadgateError('invalid_settings', `the schemas are longer than ${MAX_SCHEMAS_TEXT} characters together`);
  }
  const isTaken = types === undefined ? () => true : matchesAny(types);
  const checkAll = schema === undefined ? () => null : compileSchema(schema);
  const checkOf = bestMatch(Object.entries(schemas ?? {}).map(([type, each]) => [type, compileSchema(each)]));
  return (type, payload) => {
    if (!isTaken(type)) {
      return { code: 'event_refused', message: `the pipeline takes no events of type '${type}'` };
    }
    const mismatch = checkAll(payload) ?? checkOf(type)?.(payload) ?? null;
    return mismatch === null ? null : refusal(mismatch);
  };
}

function refusal({ pointer, message }: Mismatch): ErrorRecord {
  const place = pointer === '' ? 'the payload' : `the payload at ${pointer}`;
  return { code: 'event_refused', message: `${place} ${message}`, at: pointer };
}

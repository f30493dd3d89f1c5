import type { ErrorRecord } from '../../foundation/errors.ts';
import { compileEventChecks } from '../../runner/events/checks.ts';
import { orderingKey } from '../../runner/events/ordering-key.ts';
import type { EventsSettings } from '../../runner/events/settings.ts';

/** What a source asks of its events. */
export interface EventRules {
  /** What an event has against it, or null; undefined where nothing is asked. */
  readonly check?: (type: string, payload: unknown) => ErrorRecord | null;
  readonly onInvalid: 'reject' | 'dead-letter' | 'pass';
  /** The ordering key of an event that comes without one. */
  readonly keyOf: (payload: unknown) => string | null;
}

/** Compiles the rules that stand in the settings of a source. Throws `invalid_settings`. */
export function compileRules(settings: Partial<EventsSettings>): EventRules {
  const { types, schema, schemas, key, onInvalid = 'reject' } = settings;
  const asks = types !== undefined || schema !== undefined || schemas !== undefined;
  return {
    ...(asks && onInvalid !== 'pass' ? { check: compileEventChecks({ types, schema, schemas }) } : {}),
    onInvalid,
    keyOf: orderingKey({ key }),
  };
}

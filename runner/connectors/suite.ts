/**
 * The acceptance suite that every connector passes against a real system. A connector's test describes itself as a
 * `Subject` and calls `acceptance(subject)`. Cases that a connector has no face or mode for are not listed; any other
 * case runs, or names the reason why it is skipped.
 */
import { afterAll, beforeAll, describe, test } from 'vitest';
import type { DuckDBConnection } from '@duckdb/node-api';
import type { Connector, Row } from '../ports.ts';
import { SuiteEngine } from './suite/engine.ts';
import { readCases } from './suite/read.ts';
import { settingsCases } from './suite/settings.ts';
import { streamCases } from './suite/stream.ts';
import { writeCases } from './suite/write.ts';

/** An empty place in the connector's system for one case: a new table, folder or endpoint. */
export interface Place {
  /** Settings as a person writes them: references resolved, defaults left out. */
  readonly settings: Record<string, unknown>;
  readonly stream?: string;
  /** Fills the place by other means than the connector; without it, the connector's own destination is used. */
  readonly seed?: (relation: string, duck: DuckDBConnection) => Promise<void>;
  /**
   * A relation over what the place holds, by other means than the connector; without it, its own source is used. It
   * holds no rows (with any columns) while nothing was written.
   */
  readonly read?: (duck: DuckDBConnection) => Promise<string>;
  /** What names something that does not exist; the default is the stream `no_such_stream`. */
  readonly missing?: { readonly settings?: Record<string, unknown>; readonly stream?: string };
  readonly close: () => Promise<void>;
}

/** How a column comes back when the system cannot keep its type. */
export interface TypeException {
  /** The DuckDB type that comes back. */
  readonly type: string;
  /** A DuckDB expression over the columns that were written: the value to expect. Default: the column cast to `type`. */
  readonly value?: string;
  readonly reason: string;
}

export interface Subject {
  readonly connector: Connector;
  /** An empty place. `folder` is a new folder; relative paths in settings are resolved below it. */
  readonly place: (folder: string) => Promise<Place>;
  /** Settings that validate, but with which no connection succeeds. */
  readonly broken: (folder: string) => Promise<Record<string, unknown>>;
  /** Texts from `settings` and `broken` that must never stand in a message. */
  readonly secrets?: readonly string[];
  /** Names of cases (`round trip of types`) and why the connector cannot pass them. */
  readonly skip?: Readonly<Record<string, string>>;
  /** By column of `TYPED_ROWS` (see `suite/data.ts`): the types that the system does not keep. */
  readonly types?: Readonly<Record<string, TypeException>>;
  /** Where its destination has the form for streams. */
  readonly stream?: {
    /** What the settings of `place` have in addition. */
    readonly settings?: Record<string, unknown>;
    /** A record that the destination refuses, though it has taken `{id: 1, name: 'x'}`; without it, it takes all. */
    readonly refused?: Row;
  };
}

/** One case: `when` says whether it concerns the connector at all. */
export interface Case {
  readonly name: string;
  readonly when: (connector: Connector, subject: Subject) => boolean;
  readonly run: (subject: Subject, engine: SuiteEngine) => Promise<void>;
}

const CASES: readonly Case[] = [...settingsCases, ...readCases, ...writeCases, ...streamCases];

/** Registers the suite for one connector. Call it at the top level of a test file, or inside a `describe`. */
export function acceptance(subject: Subject): void {
  const unknown = Object.keys(subject.skip ?? {}).filter((name) => !CASES.some((entry) => entry.name === name));
  if (unknown.length > 0) throw new Error(`no such cases to skip: ${unknown.join(', ')}`);
  describe(`acceptance of ${subject.connector.name}`, () => {
    let engine: SuiteEngine;
    beforeAll(async () => {
      engine = await SuiteEngine.start();
    });
    afterAll(() => engine.stop());
    for (const entry of CASES) {
      if (!entry.when(subject.connector, subject)) continue;
      const reason = subject.skip?.[entry.name];
      if (reason === undefined) test(entry.name, () => entry.run(subject, engine));
      else test.skip(`${entry.name} (${reason})`);
    }
  });
}

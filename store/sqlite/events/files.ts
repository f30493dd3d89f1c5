import type { Database, DatabaseOptions } from '../database.ts';
import { openDatabase } from '../open-database.ts';
import { DELIVERY_SCHEMA, LOG_SCHEMA } from './schema.ts';

/** Blocks are large: fewer and longer reads and writes. */
const LOG_PAGE_SIZE = 16_384;
/** 8 MiB of the log: whoever commits waits while so much is written into the file. */
const LOG_CHECKPOINT_PAGES = 512;

/**
 * The two files of the event log, beside the main one so that producers, delivery and run records never wait for each other's
 * write lock.
 */
export interface EventFiles {
  /** What producers handed over; written by whoever serves them. */
  readonly log: Database;
  /** How far it is delivered; written by the stream host, and by people through the API. */
  readonly delivery: Database;
}

/** Opens the files beside the store at `path`: `…-events.db` and `…-delivery.db`. Throws as `openDatabase`. */
export async function openEventFiles(path: string, options: DatabaseOptions): Promise<EventFiles> {
  const log = await openLogFile(path, options);
  try {
    return { log, delivery: await openDatabase(`${stemOf(path)}-delivery.db`, options, DELIVERY_SCHEMA) };
  } catch (error) {
    log.close();
    throw error;
  }
}

/** The first of the two alone. */
export function openLogFile(path: string, options: DatabaseOptions): Promise<Database> {
  return openDatabase(
    `${stemOf(path)}-events.db`,
    { pageSize: LOG_PAGE_SIZE, checkpointPages: LOG_CHECKPOINT_PAGES, ...options },
    LOG_SCHEMA,
  );
}

const stemOf = (path: string): string => path.replace(/\.db$/, '');

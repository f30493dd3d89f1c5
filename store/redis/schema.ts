import { HeadgateError } from '../../foundation/errors.ts';
import type { RedisConnection } from './client.ts';

/** The form in which keys are written. Grows when another form makes it unreadable for those who know the old one. */
const SCHEMA = 1;

/** Notes the form in an empty store. Throws `store_newer` when a newer Headgate wrote this one. */
export async function checkSchema(redis: RedisConnection): Promise<void> {
  const { schema } = redis.keys;
  const known = await redis.read((client) => client.get(schema));
  if (known === null) await redis.write((client) => client.set(schema, SCHEMA, 'NX'));
  else if (!(Number(known) <= SCHEMA)) {
    throw new HeadgateError('store_newer', `the store ${redis.shown} was written by a newer Headgate (form ${known})`, {
      at: redis.shown,
      hint: 'run that version or a newer one',
    });
  }
}

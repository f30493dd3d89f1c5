import type { Redis } from 'ioredis';
import { HeadgateError, messageOf } from '../../foundation/errors.ts';
import type { RedisConnection } from './client.ts';

/** The oldest server whose commands are used (`XAUTOCLAIM`, `XTRIM … MINID`, `ZRANGE … BYSCORE`). */
const OLDEST = [6, 2] as const;

const SETTINGS = ['appendonly', 'appendfsync', 'no-appendfsync-on-rewrite', 'maxmemory-policy'] as const;
type DurabilitySettings = Partial<Record<(typeof SETTINGS)[number], string | undefined>>;

/** A value of `INFO`, or null. */
export function infoField(info: string, name: string): string | null {
  return new RegExp(`^${name}:(.*?)\\r?$`, 'm').exec(info)?.[1] ?? null;
}

/** Throws `invalid_request` for a server that is too old. Answers what keeps it from being known, as a warning. */
export async function checkVersion(redis: RedisConnection): Promise<string[]> {
  let info: string;
  try {
    info = await redis.read(() => redis.servers[0]!.info('server'));
  } catch (error) {
    if (!isRefused(error)) throw error;
    return ['the version of Redis could not be checked, since INFO is not allowed: it has to be 6.2 or newer'];
  }
  const version = infoField(info, 'redis_version') ?? '0';
  const [major = 0, minor = 0] = version.split('.').map(Number);
  if (major < OLDEST[0] || (major === OLDEST[0] && minor < OLDEST[1])) {
    throw new HeadgateError('invalid_request', `the store ${redis.shown} is Redis ${version}`, {
      at: redis.shown,
      hint: 'use Redis 6.2 or newer',
    });
  }
  return [];
}

/** What the settings of the server may lose. One sentence each; empty when nothing that was acknowledged is lost. */
export async function durabilityWarnings(redis: RedisConnection): Promise<string[]> {
  const warnings = new Set<string>();
  for (const server of redis.servers) {
    for (const warning of await warningsOf(redis, server)) warnings.add(warning);
  }
  return [...warnings];
}

async function warningsOf(redis: RedisConnection, server: Redis): Promise<string[]> {
  const setting = async (name: (typeof SETTINGS)[number]): Promise<string | undefined> => {
    const [, value] = await redis.read(() => server.config('GET', name));
    return value;
  };
  try {
    const settings: DurabilitySettings = {};
    for (const name of SETTINGS) settings[name] = await setting(name);
    return judge(settings);
  } catch (error) {
    if (!isRefused(error)) throw error;
    return [
      'durability of Redis could not be checked, since CONFIG GET is not allowed: it has to have appendonly yes, ' +
        'appendfsync always and maxmemory-policy noeviction, or acknowledged events and runs can be lost',
    ];
  }
}

/** The warnings for these settings of Redis (redis.conf, "APPEND ONLY MODE" and "MEMORY MANAGEMENT"). */
export function judge(settings: Readonly<DurabilitySettings>): string[] {
  const value = (name: (typeof SETTINGS)[number]): string => settings[name] ?? 'not known';
  const warnings: string[] = [];
  if (value('appendonly') !== 'yes') {
    warnings.push(
      `appendonly is ${value('appendonly')}: all events and runs since the last snapshot of Redis can be lost when Redis or ` +
        'its machine dies; set appendonly yes and appendfsync always',
    );
  } else if (value('appendfsync') !== 'always') {
    const much = value('appendfsync') === 'everysec' ? 'up to about a second' : 'some thirty seconds or more';
    warnings.push(
      `appendfsync is ${value('appendfsync')}: ${much} of acknowledged events and runs can be lost when Redis or its machine ` +
        'dies; set appendonly yes and appendfsync always',
    );
  } else if (value('no-appendfsync-on-rewrite') === 'yes') {
    warnings.push(
      'no-appendfsync-on-rewrite is yes: while Redis rewrites its file, what it acknowledges can be lost when its machine ' +
        'dies; set it to no',
    );
  }
  if (value('maxmemory-policy') !== 'noeviction') {
    warnings.push(
      `maxmemory-policy is ${value('maxmemory-policy')}: when memory runs out, Redis deletes events, runs and tokens to make ` +
        'room; set it to noeviction',
    );
  }
  return warnings;
}

/** The user may not, or a hosted Redis does not have the command. */
export function isRefused(error: unknown): boolean {
  const cause = error instanceof HeadgateError ? error.cause : error;
  return /^NOPERM|unknown command/i.test(messageOf(cause));
}

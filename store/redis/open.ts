import { HeadgateError } from '../../foundation/errors.ts';
import { RedisConnection, clusterClient, singleClient, type RedisConnectionOptions } from './client.ts';
import { checkVersion, durabilityWarnings, infoField, isRefused } from './server.ts';
import { parseRedisUrl, type RedisAddress } from './url.ts';

/** A connected Redis, and what its settings may lose. */
export interface OpenedRedis {
  readonly redis: RedisConnection;
  readonly warnings: readonly string[];
}

/**
 * Connects to the Redis or Redis Cluster that a URL names and looks whether it can hold a store. Throws `invalid_request` for
 * the URL or a server that is too old, and `unavailable` when it cannot be reached or refuses user and password.
 */
export async function openRedis(url: string, options: RedisConnectionOptions = {}): Promise<OpenedRedis> {
  const address = parseRedisUrl(url);
  const redis = await connect(address, options);
  try {
    return { redis, warnings: [...(await checkVersion(redis)), ...(await durabilityWarnings(redis))] };
  } catch (error) {
    redis.close();
    throw error;
  }
}

/** The client that fits: the server knows whether it is part of a cluster. */
async function connect(address: RedisAddress, options: RedisConnectionOptions): Promise<RedisConnection> {
  if (address.cluster === true) return new RedisConnection(address, clusterClient(address), options);
  const single = new RedisConnection(address, singleClient(address), options);
  try {
    if (address.cluster === false || !(await isCluster(single))) return single;
  } catch (error) {
    single.close();
    throw error;
  }
  single.close();
  if (address.db !== 0) {
    throw new HeadgateError(
      'invalid_request',
      `the store ${address.shown} is a Redis Cluster, which has no database ${address.db}`,
      {
        hint: 'leave the database out of the URL',
      },
    );
  }
  return new RedisConnection(address, clusterClient(address), options);
}

async function isCluster(redis: RedisConnection): Promise<boolean> {
  try {
    return infoField(await redis.read(() => redis.servers[0]!.info('cluster')), 'cluster_enabled') === '1';
  } catch (error) {
    // A user who may not ask says it in the URL: cluster=true.
    if (!isRefused(error)) throw error;
    return false;
  }
}

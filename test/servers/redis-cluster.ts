/** A real Redis Cluster of three masters on free loopback ports, without replicas. */
import { clusterReady, startRedis, type RedisServer } from './redis.ts';

const NODES = 3;
const SLOTS = 16_384;

export interface RedisClusterServers {
  readonly nodes: readonly RedisServer[];
  /** The URL of a store of its own: a new prefix with each call, each time by way of another node. */
  fresh(): string;
  stop(): Promise<void>;
}

/** Starts the nodes and makes them known to each other; takes some seconds. */
export async function startRedisCluster(): Promise<RedisClusterServers> {
  const nodes = await Promise.all(
    Array.from({ length: NODES }, () => startRedis({ cluster: 'bare', appendfsync: 'no' })),
  );
  const stop = async (): Promise<void> => {
    await Promise.all(nodes.map((node) => node.stop()));
  };
  try {
    await Promise.all(nodes.map((node, n) => join(node, n, nodes[0]!)));
  } catch (error) {
    await stop();
    throw error;
  }
  let stores = 0;
  return { nodes, fresh: () => `${nodes[++stores % NODES]!.url}?prefix=t${stores}`, stop };
}

/** Gives a node its share of the slots and introduces it to the first one. */
async function join(node: RedisServer, index: number, first: RedisServer): Promise<void> {
  const client = node.client();
  try {
    const [from, to] = [index, index + 1].map((n) => Math.floor((n * SLOTS) / NODES));
    await client.call('CLUSTER', 'SET-CONFIG-EPOCH', String(index + 1));
    await client.call('CLUSTER', 'ADDSLOTSRANGE', String(from), String(to! - 1));
    await client.call('CLUSTER', 'MEET', first.host, String(first.port), String(first.busPort));
    await clusterReady(client);
  } finally {
    client.disconnect();
  }
}

import type { RedisClient } from './client.ts';

/** One command: its name and arguments. */
type RedisCommand = [name: string, ...args: (string | number)[]];

/** Sends reading commands in one go and answers their replies in order. Rejects with the first error. */
export async function pipelined(client: RedisClient, commands: readonly RedisCommand[]): Promise<unknown[]> {
  if (commands.length === 0) return [];
  const replies = (await client.pipeline(commands.map((command) => [...command])).exec()) ?? [];
  return replies.map(([error, reply]) => {
    if (error !== null) throw error;
    return reply;
  });
}

import { createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { replyCode } from './errors.ts';
import type { RedisClient, RedisConnection } from './client.ts';

export type ScriptArgument = string | number | Buffer;

/** Runs a script with its keys and arguments, and answers what it returned. Rejects as `RedisConnection.write` does. */
export type Script<Reply> = (keys: readonly string[], args?: readonly ScriptArgument[]) => Promise<Reply>;

export interface ScriptOptions {
  /** It changes nothing: it is run again when the connection breaks. */
  readonly reads?: boolean;
  /** Texts of the reply come as `Buffer`. */
  readonly buffers?: boolean;
}

/**
 * Reads a Lua file and answers the function that runs it, by its SHA-1; a server that does not have it yet gets the text.
 * `Reply` is what the header of the file says, as ioredis answers it: integers are numbers, nil is null, tables are arrays.
 */
export function loadScript<Reply>(redis: RedisConnection, file: URL, options: ScriptOptions = {}): Script<Reply> {
  const lua = readFileSync(file, 'utf8');
  const sha = createHash('sha1').update(lua).digest('hex');
  const run = async (client: RedisClient, keys: readonly string[], args: readonly ScriptArgument[]): Promise<Reply> => {
    const call = (command: string, script: string): Promise<unknown> => {
      // One array: there may be more than a call takes as arguments.
      const all = [script, keys.length, ...keys, ...args];
      return options.buffers === true ? client.callBuffer(command, all) : client.call(command, all);
    };
    try {
      return (await call('evalsha', sha)) as Reply;
    } catch (error) {
      if (replyCode(error) !== 'NOSCRIPT') throw error;
      return (await call('eval', lua)) as Reply;
    }
  };
  return (keys, args = []) => {
    const call = (client: RedisClient): Promise<Reply> => run(client, keys, args);
    return options.reads === true ? redis.read(call) : redis.write(call);
  };
}

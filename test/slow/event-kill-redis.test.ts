import { it } from 'vitest';
import { redisMissing, startRedis } from '../servers/redis.ts';
import { surviveKills } from './events/event-kill.ts';

const ROUNDS = Number(process.env['HEADGATE_KILL_ROUNDS'] ?? 100);
const missing = await redisMissing();

it.skipIf(missing !== null)(
  `loses no event through ${ROUNDS} kills on Redis${missing === null ? '' : ` (skipped: ${missing})`}`,
  async () => {
    const redis = await startRedis({ appendfsync: 'always' });
    try {
      await surviveKills(ROUNDS, { url: redis.fresh(), kill: () => redis.kill(), restart: () => redis.restart() });
    } finally {
      await redis.stop();
    }
  },
  20 * 60_000,
);

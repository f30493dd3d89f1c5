import { it } from 'vitest';
import { surviveKills } from './events/event-kill.ts';

const ROUNDS = Number(process.env['HEADGATE_KILL_ROUNDS'] ?? 100);

it(`loses no event through ${ROUNDS} kills on SQLite`, () => surviveKills(ROUNDS, { url: null }), 20 * 60_000);

import type { ElectionTimes } from '../election/election.ts';

/** For tests: a fifth of what a real election takes. */
export const SHORT_TIMES: ElectionTimes = { lifeMs: 3000, renewMs: 2000, retryMs: 300 };

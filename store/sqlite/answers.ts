import { MAX_ANSWERS, type Answers, type AnswerWish, type Reservation } from '../answer-ports.ts';
import type { Database } from './database.ts';

interface AnswerRow {
  readonly request: string;
  readonly holder: string;
  readonly answer: string | null;
}

/** Rows that one write deletes. */
const SLICE = 1000;

export function sqliteAnswers(database: Database): Answers {
  const find = database.prepare<AnswerRow>(
    'SELECT request, holder, answer FROM answers WHERE owner = $owner AND key = $key AND until > $now',
  );
  const count = database.prepare<{ n: number }>(
    'SELECT count(*) AS n FROM answers WHERE owner = $owner AND until > $now',
  );
  const put = database.prepare(
    'INSERT OR REPLACE INTO answers (owner, key, request, holder, until) VALUES ($owner, $key, $request, $holder, $until)',
  );
  const own = 'owner = $owner AND key = $key AND holder = $holder AND answer IS NULL';
  const renew = database.prepare(`UPDATE answers SET until = $until WHERE ${own}`);
  const keep = database.prepare(`UPDATE answers SET until = $until, answer = $answer WHERE ${own}`);
  const release = database.prepare(`DELETE FROM answers WHERE ${own}`);
  const prune = database.prepare(
    `DELETE FROM answers WHERE (owner, key) IN (SELECT owner, key FROM answers WHERE until <= $now LIMIT ${SLICE})`,
  );

  const reserve = ({ owner, key, request, holder, now, leaseUntil }: AnswerWish): Reservation => {
    const row = find.get({ owner, key, now });
    if (row !== undefined) {
      if (row.request !== request) return { form: 'other' };
      return row.answer === null ? { form: 'running' } : { form: 'kept', answer: row.answer };
    }
    if (count.get({ owner, now })!.n >= MAX_ANSWERS) return { form: 'full' };
    put.run({ owner, key, request, holder, until: leaseUntil });
    return { form: 'reserved' };
  };

  return {
    reserve: (wish) => database.write(() => reserve(wish)),
    renew: ({ owner, key, holder }, until) => database.write(() => renew.run({ owner, key, holder, until }) === 1),
    keep: ({ owner, key, holder }, answer, until) =>
      database.write(() => keep.run({ owner, key, holder, answer, until }) === 1),
    release: ({ owner, key, holder }) =>
      database.write(() => {
        release.run({ owner, key, holder });
      }),
    prune: async (now) => {
      let pruned = 0;
      for (;;) {
        const some = await database.write(() => prune.run({ now }));
        pruned += some;
        if (some < SLICE) return pruned;
      }
    },
  };
}

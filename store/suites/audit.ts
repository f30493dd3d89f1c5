import { describe, expect, test } from 'vitest';
import { newId } from '../../foundation/ids.ts';
import type { AuditEnd, AuditFilter, AuditRecord } from '../audit-ports.ts';
import { storeForEachTest, type NewStore } from './fixture.ts';
import { T0 } from './samples.ts';

const BEGUN: AuditEnd = {
  outcome: 'begun',
  status: null,
  code: null,
  resource: 'pipelines/orders',
  workspace: 'default',
  revision: null,
  branch: null,
};
const DONE: AuditEnd = { ...BEGUN, outcome: 'done', status: 200, revision: 'c0ffee' };
const REFUSED: AuditEnd = { ...BEGUN, outcome: 'refused', status: 403, code: 'forbidden' };

function record(over: Partial<AuditRecord> = {}): AuditRecord {
  return {
    id: newId('aud'),
    at: T0,
    via: 'api',
    actorId: 'tok_1',
    actor: 'ci',
    requestId: 'req_1',
    action: 'updatePipeline',
    address: '192.0.2.7',
    ...BEGUN,
    ...over,
  };
}

/** The suite that every implementation of `Audit` passes. */
export function auditSuite(name: string, fresh: NewStore): void {
  describe(`${name}: audit`, () => {
    const under = storeForEachTest(fresh);

    test('a record is there before the change, and then has its end', async () => {
      const [{ audit }, other] = [await under.open(), await under.open()];
      const made = record();
      await audit.append(made);
      expect(await other.audit.list({ limit: 10 })).toEqual([made]);
      await audit.end(made.id, DONE);
      expect(await other.audit.list({ limit: 10 })).toEqual([{ ...made, ...DONE }]);
      await audit.end('aud_none', DONE);
      expect(await audit.list({ limit: 10 })).toHaveLength(1);
    });

    test('newest first, page by page, while records are added', async () => {
      const { audit } = await under.open();
      const made = Array.from({ length: 7 }, (_, n) => record({ at: T0 + Math.floor(n / 3) }));
      for (const one of made) await audit.append(one);
      const expected = made.toReversed().map(({ id }) => id);
      const seen: string[] = [];
      let after: AuditFilter['after'];
      for (;;) {
        const page = await audit.list({ limit: 2, ...(after === undefined ? {} : { after }) });
        if (page.length === 0) break;
        seen.push(...page.map(({ id }) => id));
        after = page.at(-1)!;
        await audit.append(record({ at: T0 + 100 }));
      }
      expect(seen).toEqual(expected);
    });

    test('filters', async () => {
      const { audit } = await under.open();
      const a = record({ at: T0, workspace: 'a' });
      const b = record({
        at: T0 + 1,
        workspace: 'b',
        actorId: 'tok_2',
        actor: 'nightly',
        resource: 'pipelines/orders-2',
      });
      const c = record({ at: T0 + 2, workspace: null, action: 'createToken', resource: 'tokens', actorId: null });
      const d = record({ at: T0 + 3, workspace: 'a', resource: 'pipelines/orders/dead-letters' });
      for (const one of [a, b, c, d]) await audit.append(one);
      const cases: [Partial<AuditFilter>, AuditRecord[]][] = [
        [{ actor: 'tok_1' }, [d, a]],
        [{ actor: 'ci' }, [d, c, a]],
        [{ actor: 'nightly' }, [b]],
        [{ action: 'createToken' }, [c]],
        [{ resource: 'pipelines/orders' }, [d, a]],
        [{ resource: 'pipelines' }, [d, b, a]],
        [{ workspaces: ['a'] }, [d, a]],
        [{ workspaces: ['a', 'b'], actor: 'tok_2' }, [b]],
        [{ workspaces: [] }, []],
        [{ from: T0 + 1, to: T0 + 3 }, [c, b]],
        [{ from: T0 + 1, after: d }, [c, b]],
      ];
      for (const [filter, expected] of cases) {
        expect(await audit.list({ limit: 10, ...filter }), JSON.stringify(filter)).toEqual(expected);
      }
      expect(await audit.list({ limit: 1, workspaces: ['a'] })).toEqual([d]);
    });

    test('pruned by age, and by number: refused ones push out no others', async () => {
      const { audit } = await under.open();
      const old = record({ at: T0 - 10 });
      const changes = Array.from({ length: 3 }, (_, n) => record({ at: T0 + n, ...DONE }));
      await audit.append(old);
      for (const one of changes) await audit.append(one);
      for (let n = 0; n < 1200; n++) void audit.append(record({ at: T0 + 10 + n, ...REFUSED }));
      const late = record({ at: T0 + 5000 });
      await audit.append(late);
      await audit.end(late.id, REFUSED);
      expect(await audit.prune(T0, 3)).toBe(1 + 1198);
      const left = await audit.list({ limit: 100 });
      expect(left.filter(({ outcome }) => outcome === 'refused').map(({ at }) => at)).toEqual([
        T0 + 5000,
        T0 + 1209,
        T0 + 1208,
      ]);
      expect(left.filter(({ outcome }) => outcome !== 'refused')).toEqual(changes.toReversed());
      expect(await audit.prune(T0, 3)).toBe(0);
    });
  });
}

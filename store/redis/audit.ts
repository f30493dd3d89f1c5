import type { Audit, AuditEnd, AuditFilter, AuditRecord } from '../audit-ports.ts';
import type { RedisConnection } from './client.ts';
import { fromJson, toJson } from './json.ts';
import { loadScript } from './script.ts';

/** Records that one script reads or deletes. */
const SLICE = 500;

export function redisAudit(redis: RedisConnection): Audit {
  const script = (name: string): URL => new URL(`scripts/${name}.lua`, import.meta.url);
  const write = loadScript<number>(redis, script('audit-write'));
  const page = loadScript<[string, string][]>(redis, script('audit-page'), { reads: true });
  const remove = loadScript<number>(redis, script('audit-prune'));
  const { auditRecords, auditEnds, auditAll, auditRefused, auditOthers } = redis.keys;
  const all = [auditRecords, auditEnds, auditAll, auditRefused, auditOthers];
  const isRefused = ({ outcome }: AuditEnd): number => Number(outcome === 'refused');

  return {
    append: async (record) => {
      const { outcome, status, code, resource, workspace, revision, branch, ...fixed } = record;
      const end: AuditEnd = { outcome, status, code, resource, workspace, revision, branch };
      await write(all, [record.id, record.at, toJson(fixed)!, toJson(end)!, isRefused(end)]);
    },
    end: async (id, end) => {
      await write(all, [id, '', '', toJson(end)!, isRefused(end)]);
    },

    list: async (filter) => {
      const found: AuditRecord[] = [];
      for (let after = filter.after; found.length < filter.limit;) {
        const to = after === undefined ? (filter.to === undefined ? '+inf' : `(${filter.to}`) : `(${after.at}`;
        const slice = await page(
          [auditRecords, auditEnds, auditAll],
          [filter.from ?? '-inf', to, SLICE, after?.id ?? '', after?.at ?? ''],
        );
        const records = slice.map(
          ([record, end]) =>
            ({
              ...(fromJson(record, redis.shown) as object),
              ...(fromJson(end, redis.shown) as object),
            }) as AuditRecord,
        );
        found.push(...records.filter((record) => fits(record, filter)));
        if (slice.length < SLICE) break;
        after = records.at(-1)!;
      }
      return found.slice(0, filter.limit);
    },

    prune: async (before, keep) => {
      let removed = 0;
      for (const times of [auditRefused, auditOthers]) {
        for (let some = SLICE; some === SLICE; removed += some) {
          some = await remove([auditRecords, auditEnds, auditAll, times], [before, keep, SLICE]);
        }
      }
      return removed;
    },
  };
}

function fits(record: AuditRecord, { actor, action, resource, workspaces, from, to }: AuditFilter): boolean {
  if (actor !== undefined && record.actorId !== actor && record.actor !== actor) return false;
  if (action !== undefined && record.action !== action) return false;
  if (resource !== undefined && record.resource !== resource && record.resource?.startsWith(`${resource}/`) !== true) {
    return false;
  }
  if (workspaces !== undefined && (record.workspace === null || !workspaces.includes(record.workspace))) return false;
  return (from === undefined || record.at >= from) && (to === undefined || record.at < to);
}

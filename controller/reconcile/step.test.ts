import { describe, expect, it } from 'vitest';
import type { Condition } from '../../crds/index.ts';
import { conditionsFor, GO, reasonOf, rest, stall, wait, walk, type Outcome } from './step.ts';

const NOW = '2026-01-01T00:00:00.000Z';
const LATER = '2026-01-02T00:00:00.000Z';

describe('walk', () => {
  it('stops at the first step that does not say go', async () => {
    const walked: string[] = [];
    const step = (name: string, outcome: Outcome) => async (): Promise<Outcome> => {
      walked.push(name);
      return outcome;
    };
    const outcome = await walk([step('a', GO), step('b', wait('Why', 'because', 5)), step('c', GO)], {});
    expect(outcome).toEqual({ kind: 'wait', reason: 'Why', message: 'because', afterMs: 5 });
    expect(walked).toEqual(['a', 'b']);
  });
});

describe('conditionsFor', () => {
  const cases: [string, Parameters<typeof conditionsFor>[0], [string, string, string][]][] = [
    ['go', GO, [['Ready', 'True', 'Ready']]],
    [
      'wait',
      wait('Draining', 'one run has to end first', 500),
      [
        ['Ready', 'Unknown', 'Draining'],
        ['Reconciling', 'True', 'Draining'],
      ],
    ],
    ['rest', rest('Suspended', 'by `spec.suspend`', 60_000), [['Ready', 'True', 'Suspended']]],
    [
      'stall',
      stall({ code: 'prune_blocked', message: 'x' }),
      [
        ['Ready', 'False', 'PruneBlocked'],
        ['Stalled', 'True', 'PruneBlocked'],
      ],
    ],
    [
      'failure',
      { kind: 'failure', error: { code: 'git_unreachable', message: 'x' } },
      [
        ['Ready', 'False', 'GitUnreachable'],
        ['Reconciling', 'True', 'Retrying'],
      ],
    ],
  ];
  it.each(cases)('%s', (_, outcome, expected) => {
    const conditions = conditionsFor(outcome, [], 3, NOW);
    expect(conditions.map(({ type, status, reason }) => [type, status, reason])).toEqual(expected);
    expect(conditions.every((condition) => condition.observedGeneration === 3)).toBe(true);
  });

  it('keeps the time of the last change while the status stays', () => {
    const before: Condition[] = conditionsFor(GO, [], 1, NOW);
    expect(conditionsFor(GO, before, 2, LATER)[0]?.lastTransitionTime).toBe(NOW);
    expect(conditionsFor(stall({ code: 'conflict', message: 'x' }), before, 2, LATER)[0]?.lastTransitionTime).toBe(
      LATER,
    );
  });

  it('names reasons in CamelCase', () => {
    expect(reasonOf('reference_not_found')).toBe('ReferenceNotFound');
  });
});

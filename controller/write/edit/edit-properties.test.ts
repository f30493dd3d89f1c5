import { isDeepStrictEqual } from 'node:util';
import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { refOf, type Resource } from '../../../crds/index.ts';
import { parseFile } from '../../../crds/parse.ts';
import { editFile } from './edit.ts';
import { newFile } from './new-file.ts';
import { members, value, writeMembers } from './testing/random-document.ts';

const RUNS = Number(process.env['EDIT_RUNS'] ?? 80);
const OPTIONS = { file: 'orders.yaml', namespace: 'default' };
const NAME = 'apiVersion: headgate.dev/v1alpha1\nkind: Pipeline\nmetadata:\n  name: ';
const OTHER = `${NAME}other # not touched\nspec: {source: {connection: a}, destination: {connection: b}} # {\n`;
const AROUND = ['# before\n---\n', `${OTHER}---\n`, '---\n# a\n\n'];
const BEHIND = ['', '...\n', `---\n${OTHER}`, '\n\n# the end\n'];

const read = (text: string): Resource[] => {
  const file = parseFile(Buffer.from(text), 'f.yaml');
  expect(file.errors).toEqual([]);
  return file.documents.map(({ resource }) => resource);
};

const withSettings = (resource: Resource, settings: unknown): Resource => {
  const spec = structuredClone(resource.spec) as { source: Record<string, unknown> };
  spec.source['settings'] = settings;
  return { ...resource, spec };
};

/** A change of some members: set, removed, added, or changed within. */
const change = fc.array(
  fc.oneof(
    fc.record({ at: fc.nat(9), to: value }),
    fc.record({ at: fc.nat(9), gone: fc.constant(true) }),
    fc.record({ at: fc.nat(9), inside: fc.nat(99), to: value }),
    fc.record({ key: fc.constantFrom('new', 'a', 'z 1', ''), to: value }),
  ),
  { maxLength: 3 },
);

function applied(old: Record<string, unknown>, changes: readonly Record<string, unknown>[]): Record<string, unknown> {
  const result = structuredClone(old);
  for (const { at, to, gone, inside, key } of changes) {
    const keys = Object.keys(result);
    const name = typeof key === 'string' ? key : keys[Number(at) % Math.max(1, keys.length)];
    if (name === undefined) continue;
    if (gone === true) delete result[name];
    else if (typeof inside === 'number') result[name] = within(result[name], inside, to);
    else result[name] = to;
  }
  return result;
}

/** Changes something below a value. */
function within(target: unknown, seed: number, to: unknown): unknown {
  if (Array.isArray(target)) {
    const index = seed % (target.length + 1);
    if (seed % 7 === 0) return [...target.slice(index), ...target.slice(0, index)] as unknown[];
    if (seed % 3 === 0) return target.toSpliced(index, 0, to);
    if (seed % 3 === 1) return target.toSpliced(index, 1);
    return index < target.length
      ? target.with(index, within(target[index], seed >> 1, to))
      : [...(target as unknown[]), to];
  }
  if (typeof target !== 'object' || target === null) return to;
  const keys = Object.keys(target);
  const name = keys[seed % Math.max(1, keys.length)];
  if (name === undefined || seed % 4 === 0) return { ...target, added: to };
  if (seed % 4 === 1) return Object.fromEntries(Object.entries(target).filter(([key]) => key !== name));
  return { ...target, [name]: within((target as Record<string, unknown>)[name], seed >> 1, to) };
}

describe('editFile, whatever the file and the change', () => {
  it('declares what is wished and keeps the text of what is not changed', () => {
    fc.assert(
      fc.property(
        members,
        change,
        fc.infiniteStream(fc.nat(9999)),
        fc.record({
          before: fc.constantFrom(...AROUND),
          behind: fc.constantFrom(...BEHIND),
          eol: fc.constantFrom('\n', '\r\n'),
          end: fc.boolean(),
        }),
        (pairs, changes, choices, around) => {
          const choose = (below: number): number => choices.next().value! % below;
          const written = writeMembers(pairs, 6, choose);
          const body = `${NAME}orders\nspec:\n  source:\n    connector: http\n    settings:\n${written.text}\n  # where to\n  destination: {connection: b}\n`;
          let text = (around.before + body + around.behind).replaceAll('\n', around.eol);
          if (around.end) text = text.trimEnd();
          const before = read(text);
          const resource = before.find(({ metadata }) => metadata.name === 'orders')!;
          const old = Object.fromEntries(pairs);
          expect((resource.spec as { source: { settings: unknown } }).source.settings).toEqual(old);
          const settings = applied(old, changes);
          const wished = withSettings(resource, settings);
          const edited = editFile(text, refOf(resource), wished, OPTIONS)!;
          expect(read(edited)).toEqual(before.map((other) => (other === resource ? wished : other)));
          if (isDeepStrictEqual(old, settings)) expect(edited).toBe(text);
          for (const member of written.members) {
            if (!isDeepStrictEqual(settings[member.key], member.value) || !Object.hasOwn(settings, member.key))
              continue;
            if (Object.keys(settings).length === 0) continue;
            expect(edited).toContain(member.text.trim().replaceAll('\n', around.eol));
          }
          expect(edited).toContain(around.before.replaceAll('\n', around.eol));
          expect(edited).toContain('# where to');
          if (around.eol === '\r\n') expect(edited.replaceAll('\r\n', '')).not.toContain('\n');
          const gone = editFile(text, refOf(resource), null, OPTIONS);
          expect(gone === null ? [] : read(gone)).toEqual(before.filter((other) => other !== resource));
        },
      ),
      { numRuns: RUNS },
    );
  });

  it('edits JSON as JSON', () => {
    fc.assert(
      fc.property(members, change, fc.constantFrom(0, 2, 4, '\t'), (pairs, changes, step) => {
        const old = Object.fromEntries(pairs);
        const declared = {
          apiVersion: 'headgate.dev/v1alpha1',
          kind: 'Pipeline',
          metadata: { name: 'orders' },
          spec: { source: { connector: 'http', settings: old }, destination: { connection: 'b' } },
        };
        const text = JSON.stringify(declared, null, step);
        const [resource] = read(text);
        const wished = withSettings(resource!, applied(old, changes));
        const edited = editFile(text, refOf(resource!), wished, OPTIONS)!;
        expect(JSON.parse(edited)).toMatchObject({ spec: JSON.parse(JSON.stringify(wished.spec)) as object });
        expect(read(edited)).toEqual([wished]);
      }),
      { numRuns: RUNS },
    );
  });

  it('changes nothing through anchors', () => {
    fc.assert(
      fc.property(value, value, fc.nat(99), fc.nat(9), (shared, to, seed, where) => {
        const written = JSON.stringify(shared).replace(
          /[\u007f-\u009f\u2028\u2029\ufeff\ufffe\uffff]/g,
          (char) => `\\u${char.charCodeAt(0).toString(16).padStart(4, '0')}`,
        );
        const isMap = typeof shared === 'object' && shared !== null && !Array.isArray(shared);
        const text = `${NAME}orders\nspec:\n  source:\n    connector: http\n    settings:\n      one: &x ${written}\n      two: *x\n      three: [*x, {k: *x}]\n      four:\n        ${isMap ? '<<: *x' : 'k: *x'}\n        own: 1\n      again: &x 5\n      last: *x\n  destination: {connection: b}\n`;
        const [resource] = read(text);
        const old = (resource!.spec as { source: { settings: Record<string, unknown> } }).source.settings;
        const name = Object.keys(old)[where % 6]!;
        const settings = { ...old, [name]: within(old[name], seed, to) };
        const wished = withSettings(resource!, settings);
        const edited = editFile(text, refOf(resource!), wished, OPTIONS)!;
        expect(read(edited)).toEqual([wished]);
        if (name !== 'one' && name !== 'two') expect(edited).toContain('two: *x\n');
      }),
      { numRuns: RUNS },
    );
  });
});

describe('newFile, whatever the resource', () => {
  it('is read as it was', () => {
    fc.assert(
      fc.property(members, (pairs) => {
        const [resource] = read(`${NAME}orders\nspec: {source: {connector: http}, destination: {connection: b}}\n`);
        const wished = withSettings(resource!, Object.fromEntries(pairs));
        expect(read(newFile(wished))).toEqual([wished]);
      }),
      { numRuns: RUNS },
    );
  });
});

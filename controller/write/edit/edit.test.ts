import { describe, expect, it } from 'vitest';
import type { Resource } from '../../../crds/index.ts';
import { refOf } from '../../../crds/index.ts';
import { parseFile } from '../../../crds/parse.ts';
import { editFile } from './edit.ts';
import { newFile } from './new-file.ts';

const HEAD = `# Orders of the shop
apiVersion: headgate.dev/v1alpha1
kind: Pipeline
metadata:
  name: orders # the shop's
spec:
`;
const OPTIONS = { file: 'orders.yaml', namespace: 'default' };

const only = (text: string, index = 0): Resource => parseFile(Buffer.from(text), 'f.yaml').documents[index]!.resource;

/** Edits the resource of a text by a change of a copy of it. */
function edit(text: string, change: (resource: any) => void, index = 0): string | null {
  const resource = only(text, index);
  const wished = structuredClone(resource);
  change(wished);
  return editFile(text, refOf(resource), wished, OPTIONS);
}

const SPEC = `  source: {connection: shop, stream: orders}  # where from

  # what to do
  transforms:
    # first
    - rename: {a: b}
    # second
    - filter: 'amount > 0' # only paid
  destination:
    connection: "warehouse"
    stream: orders
`;

describe('editFile', () => {
  it('changes nothing where nothing differs', () => {
    expect(edit(HEAD + SPEC, () => {})).toBe(HEAD + SPEC);
  });
  it.each([
    ['a scalar', (s: any) => (s.source.stream = 'invoices'), SPEC.replace('stream: orders}', 'stream: invoices}')],
    ['quotes stay', (s: any) => (s.destination.connection = 'lake'), SPEC.replace('"warehouse"', '"lake"')],
    ['a comment behind', (s: any) => (s.transforms[1].filter = 'x > 1'), SPEC.replace('amount > 0', 'x > 1')],
    ['a new field', (s: any) => (s.schedule = '0 * * * *'), `${SPEC}  schedule: 0 * * * *\n`],
    ['a new nested field', (s: any) => (s.batch = { size: 5 }), `${SPEC}  batch:\n    size: 5\n`],
    ['into braces', (s: any) => (s.source.name = 'x'), SPEC.replace('orders}', 'orders, name: x}')],
    ['an item goes', (s: any) => s.transforms.shift(), SPEC.replace('    # first\n    - rename: {a: b}\n', '')],
    ['a field goes', (s: any) => delete s.transforms, SPEC.replace(/ {2}# what[^]*paid\n/, '')],
    ['from braces', (s: any) => delete s.source.stream, SPEC.replace(', stream: orders}', '}')],
    [
      'an item comes',
      (s: any) => s.transforms.splice(1, 0, { drop: ['a', 'c'] }),
      SPEC.replace('{a: b}\n', '{a: b}\n    - drop:\n        - a\n        - c\n'),
    ],
  ])('%s', (_, change, expected) => {
    expect(edit(HEAD + SPEC, (r) => change(r.spec))).toBe(HEAD + expected);
    const crlf = (t: string): string => t.replaceAll('\n', '\r\n');
    expect(edit('\uFEFF' + crlf(HEAD + SPEC), (r) => change(r.spec))).toBe('\uFEFF' + crlf(HEAD + expected));
    const open = (t: string): string => t.replace(/\n$/, '');
    expect(edit(open(HEAD + SPEC), (r) => change(r.spec))).toBe(open(HEAD + expected));
  });
});

describe('newFile', () => {
  it('writes the fields in their usual order', () => {
    const resource = only(HEAD + SPEC);
    expect(newFile(resource)).toBe(`apiVersion: headgate.dev/v1alpha1
kind: Pipeline
metadata:
  name: orders
spec:
  source:
    connection: shop
    stream: orders
  transforms:
    - rename:
        a: b
    - filter: amount > 0
  destination:
    connection: warehouse
    stream: orders
`);
  });
});

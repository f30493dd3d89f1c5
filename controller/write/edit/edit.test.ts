import { describe, expect, it } from 'vitest';
import { refOf, type Resource } from '../../../crds/index.ts';
import { parseFile } from '../../../crds/parse.ts';
import { fromPointer } from '../../../crds/pointer.ts';
import { writeAnew } from './anew.ts';
import { compose } from './documents.ts';
import { editFile } from './edit.ts';
import { newFile } from './new-file.ts';
import { layoutOf, Page } from './page.ts';

const OPTIONS = { file: 'orders.yaml', namespace: 'default' };
const GONE = Symbol('gone');

const resourcesOf = (text: string): Resource[] =>
  parseFile(Buffer.from(text), 'f.yaml').documents.map(({ resource }) => resource);

/** A copy with the field at a pointer set, or taken out. */
function changed(resource: Resource, changes: Readonly<Record<string, unknown>>): Resource {
  const copy = structuredClone(resource);
  for (const [pointer, value] of Object.entries(changes)) {
    const path = fromPointer(pointer);
    const last = path.pop()!;
    let target = copy as unknown as Record<string, unknown>;
    for (const part of path) target = target[part] as Record<string, unknown>;
    if (value === GONE) delete target[last];
    else target[last] = value;
  }
  return copy;
}

/** Edits the resource of a text that is called `orders`. */
function edit(text: string, changes: Readonly<Record<string, unknown>>): string | null {
  const resource = resourcesOf(text).find(({ metadata }) => metadata.name === 'orders')!;
  return editFile(text, refOf(resource), changed(resource, changes), OPTIONS);
}

/** What an edit takes out and puts in, line by line. */
function difference(before: string, after: string): string[] {
  const [old, now] = [before.split('\n'), after.split('\n')];
  let start = 0;
  while (start < old.length && start < now.length && old[start] === now[start]) start += 1;
  let end = 0;
  while (end < old.length - start && end < now.length - start && old.at(-1 - end) === now.at(-1 - end)) end += 1;
  return [
    ...old.slice(start, old.length - end).map((line) => `-${line}`),
    ...now.slice(start, now.length - end).map((line) => `+${line}`),
  ];
}

const ORDERS = `# yaml-language-server: $schema=https://example.com/pipeline.schema.json
# Orders of the shop
apiVersion: headgate.dev/v1alpha1
kind: Pipeline
metadata:
  name: orders # the shop's
  labels: {team: data}

spec:
  schedule: "0 * * * *"   # every hour

  source: {connection: shop, stream: orders}  # where from
  # what to do
  transforms:
    # first
    - rename: {a: b}
    # second
    - filter: 'amount > 0' # only paid
    - set:
        total: price * n   # in cents
        # the day
        day: created_at

  destination:
    connector: file
    stream: >-
      orders
    settings:
      query: | # the query
        select *
        from t

        -- where
        where a
      empty: {}
      list: [1, 2,   3]
      lines: [
        a, # one
        b
      ]
      nothing:
  # the end
`;

const S = '/spec/destination/settings';

describe('editFile', () => {
  it('changes nothing where nothing differs', () => {
    expect(edit(ORDERS, {})).toBe(ORDERS);
  });

  it.each<[string, Record<string, unknown>, string[]]>([
    [
      'quotes',
      { '/spec/schedule': '0 3 * * *' },
      ['-  schedule: "0 * * * *"   # every hour', '+  schedule: "0 3 * * *"   # every hour'],
    ],
    [
      'a scalar becomes a map',
      { '/spec/schedule': { cron: '@daily' } },
      ['-  schedule: "0 * * * *"   # every hour', '+  schedule:   # every hour', '+    cron: "@daily"'],
    ],
    [
      'within braces',
      { '/spec/source/stream': 'a, b' },
      [
        '-  source: {connection: shop, stream: orders}  # where from',
        '+  source: {connection: shop, stream: "a, b"}  # where from',
      ],
    ],
    ['into braces', { '/metadata/labels/x': '1' }, ['-  labels: {team: data}', '+  labels: {team: data, x: "1"}']],
    ['all out of braces', { '/metadata/labels': {} }, ['-  labels: {team: data}', '+  labels: {}']],
    ['a new field at the end', { '/spec/enabled': false }, ['+  enabled: false']],
    [
      'an annotation',
      { '/metadata/annotations': { 'headgate.dev/paused': 'true' } },
      ['+  annotations:', '+    headgate.dev/paused: "true"'],
    ],
    [
      'a field with its comment goes',
      { '/spec/transforms/2/set/day': GONE },
      ['-        # the day', '-        day: created_at'],
    ],
    [
      'the field before a comment goes',
      { '/spec/transforms/2/set/total': GONE },
      ['-        total: price * n   # in cents'],
    ],
    [
      'a text of several lines',
      { [`${S}/query`]: 'select *\nfrom t\n\n-- where\nwhere b\n' },
      ['-        where a', '+        where b'],
    ],
    [
      'a text without its last line end',
      { [`${S}/query`]: 'select 1\nfrom t' },
      [
        '-      query: | # the query',
        '-        select *',
        '-        from t',
        '-',
        '-        -- where',
        '-        where a',
        '+      query: |- # the query',
        '+        select 1',
        '+        from t',
      ],
    ],
    [
      'a text of one line',
      { [`${S}/query`]: 'select 1' },
      [
        '-      query: | # the query',
        '-        select *',
        '-        from t',
        '-',
        '-        -- where',
        '-        where a',
        '+      query: select 1 # the query',
      ],
    ],
    [
      'an empty map is filled',
      { [`${S}/empty`]: { a: [1] } },
      ['-      empty: {}', '+      empty:', '+        a:', '+          - 1'],
    ],
    ['nothing is filled', { [`${S}/nothing`]: 'x' }, ['-      nothing:', '+      nothing: x']],
    ['an item within brackets', { [`${S}/list`]: [1, 3] }, ['-      list: [1, 2,   3]', '+      list: [1, 3]']],
    ['items on lines of their own', { [`${S}/lines`]: ['a', 'b', 'c'] }, ['-        b', '+        b,', '+        c']],
    ['between commented items', { [`${S}/lines`]: ['a', 'x', 'b'] }, ['+        x,']],
    [
      'odd texts',
      { [`${S}/nothing`]: ['yes', '012', 'a: b', '', '# x', 'null', '2024-01-01', 'a\u0007', '1e3', ' x'] },
      [
        '+        - "yes"',
        '+        - "012"',
        '+        - "a: b"',
        '+        - ""',
        '+        - "# x"',
        '+        - "null"',
        '+        - "2024-01-01"',
        '+        - "a\\u0007"',
        '+        - "1e3"',
        '+        - " x"',
      ],
    ],
  ])('%s', (_, changes, expected) => {
    const edited = edit(ORDERS, changes)!;
    expect(difference(ORDERS, edited)).toEqual(expected);
    // The same with the line ends of Windows, a byte order mark, and without a line end behind the last line.
    const windows = (text: string): string => `\uFEFF${text.replaceAll('\n', '\r\n')}`;
    expect(edit(windows(ORDERS), changes)).toBe(windows(edited));
    const open = (text: string): string => text.replace(/\n$/, '');
    expect(edit(open(ORDERS), changes)).toBe(open(edited));
  });
});

const T = '/spec/transforms';
const STEPS = `apiVersion: headgate.dev/v1alpha1
kind: Pipeline
metadata: {name: orders}
spec:
  source: {connection: a}
  destination: {connection: b}
  transforms:
  # first
  - filter: a   # why

  # second
  - filter: b
    # more of the second

  # third
  -   filter: c
`;

describe('items of a list', () => {
  const step = (filter: string): object => ({ filter });
  it.each<[string, object[], string]>([
    ['the first goes', [step('b'), step('c')], STEPS.replace('  # first\n  - filter: a   # why\n', '')],
    [
      'the one between goes',
      [step('a'), step('c')],
      STEPS.replace(/ {2}# second\n {2}- filter: b\n {4}# more of the second\n/, ''),
    ],
    ['the last goes', [step('a'), step('b')], STEPS.replace('  # third\n  -   filter: c\n', '')],
    [
      'one comes first',
      [step('x'), step('a'), step('b'), step('c')],
      STEPS.replace('  # first', '  - filter: x\n  # first'),
    ],
    [
      'one comes between',
      [step('a'), step('x'), step('b'), step('c')],
      STEPS.replace('# why\n', '# why\n  - filter: x\n'),
    ],
    ['one comes last', [step('a'), step('b'), step('c'), { drop: ['k'] }], `${STEPS}  - drop:\n    - k\n`],
    ['one changes', [step('a'), step('x'), step('c')], STEPS.replace('filter: b', 'filter: x')],
    ['one changes its kind', [step('a'), step('b'), { drop: ['k'] }], STEPS.replace('filter: c', 'drop:\n      - k')],
    [
      'one goes and one changes',
      [step('b'), step('z')],
      STEPS.replace('  # first\n  - filter: a   # why\n', '').replace('filter: c', 'filter: z'),
    ],
    [
      'the first is moved to the end',
      [step('b'), step('c'), step('a')],
      `${STEPS.replace('  # first\n  - filter: a   # why\n', '')}  # first\n  - filter: a   # why\n`,
    ],
    [
      'two change places',
      [step('b'), step('a'), step('c')],
      STEPS.replace('  # first\n  - filter: a   # why\n', '').replace(
        '    # more of the second\n',
        '    # more of the second\n  # first\n  - filter: a   # why\n',
      ),
    ],
    ['all go', [], STEPS.replace(/transforms:[^]*/, 'transforms: []\n')],
  ])('%s', (_, steps, expected) => {
    expect(edit(STEPS, { [T]: steps })).toBe(expected);
  });
});

const SHARED = `apiVersion: headgate.dev/v1alpha1
kind: Pipeline
metadata: {name: orders}
spec:
  source:
    connector: http
    settings: &http
      url: https://a.example.com # one
      timeout: 5s
      retries: 2
  destination:
    connector: http
    settings:
      <<: *http
      path: x
      copy: *http
`;

describe('anchors', () => {
  it.each<[string, Record<string, unknown>, string]>([
    ['a merged field is set for its place alone', { [`${S}/timeout`]: '9s' }, `${SHARED}      timeout: 9s\n`],
    [
      'a field of an alias',
      { [`${S}/copy/retries`]: 3 },
      SHARED.replace(
        'copy: *http',
        'copy:\n        url: https://a.example.com\n        timeout: 5s\n        retries: 3',
      ),
    ],
    [
      'a merged field goes',
      { [`${S}/retries`]: GONE },
      `${SHARED.replace('      <<: *http\n', '')}      url: https://a.example.com\n      timeout: 5s\n`,
    ],
    [
      'what is anchored changes, and its aliases do not',
      { '/spec/source/settings/timeout': '9s' },
      `${SHARED.replace('timeout: 5s', 'timeout: 9s').replace(
        'copy: *http',
        'copy:\n        url: https://a.example.com\n        timeout: 5s\n        retries: 2',
      )}      timeout: 5s\n`,
    ],
  ])('%s', (_, changes, expected) => {
    const edited = edit(SHARED, changes);
    expect(edited).toBe(expected);
    expect(resourcesOf(edited!)).toEqual(resourcesOf(SHARED).map((resource) => changed(resource, changes)));
  });
});

const document = (name: string): string =>
  `apiVersion: headgate.dev/v1alpha1\nkind: Pipeline\nmetadata: {name: ${name}}\nspec: {source: {connection: a}, destination: {connection: b}} # ${name}\n`;

describe('several documents', () => {
  const ref = (name: string) => ({ kind: 'Pipeline', namespace: 'default', name }) as const;
  const remove = (text: string, name = 'orders'): string | null => editFile(text, ref(name), null, OPTIONS);

  it('edits the one that is meant', () => {
    const text = `# all\n---\n${document('first')}...\n---\n# o\n${document('orders')}---\nkind: Kustomization\n---\n`;
    expect(edit(text, { '/spec/enabled': false })).toBe(text.replace('}} # orders', '}, enabled: false} # orders'));
  });
  it('takes one out', () => {
    const [a, b, c] = ['a', 'orders', 'c'].map(document) as [string, string, string];
    expect(remove(`# all\n---\n${a}---\n# o\n${b}---\n${c}`)).toBe(`# all\n---\n${a}---\n${c}`);
    expect(remove(`${b}---\n${c}`)).toBe(`---\n${c}`);
    expect(remove(`${a}---\n${b}`)).toBe(a);
    expect(remove(`${a}---\r\n${b}`)).toBe(a);
  });
  it('what stood behind it does not become part of the text before it', () => {
    const before = `kind: Note\ntext: |+\n  a\n\n`;
    const json = JSON.stringify(resourcesOf(document('orders'))[0]);
    expect(remove(`${before}---\n${json}\n\n\n# end\n`)).toBe(`${before}# end\n`);
  });
  it('answers null when nothing is left', () => {
    for (const text of [document('orders'), `---\n# x\n---\n${document('orders')}---\n`])
      expect(remove(text)).toBeNull();
  });
  it('leaves what it cannot read as it is', () => {
    const text = `a: [\n---\n${document('orders')}`;
    expect(remove(text)).toBe('a: [\n');
    expect(edit(text, { '/spec/enabled': true })).toContain('a: [\n---\n');
  });
  it('edits items of a Kubernetes list', () => {
    const item = (name: string): string => `  - ${document(name).trim().replaceAll('\n', '\n    ')}\n`;
    const text = `apiVersion: v1\nkind: List\nitems:\n${item('orders')}${item('b')}`;
    expect(edit(text, { '/spec/enabled': false })).toBe(text.replace('}} # orders', '}, enabled: false} # orders'));
    expect(remove(text)).toBe(text.replace(item('orders'), ''));
    expect(remove(remove(text)!, 'b')).toBeNull();
  });
  it('renames, and moves to another workspace', () => {
    expect(edit(document('orders'), { '/metadata/name': 'new', '/metadata/namespace': 'team' })).toBe(
      document('orders').replace('name: orders', 'name: new, namespace: team'),
    );
  });
  it('keeps a status and what a server has added', () => {
    const text = document('orders').replace('{name: orders}', '{name: orders, uid: a-b}') + 'status: {phase: Active}\n';
    expect(edit(text, { '/spec/enabled': false })).toBe(text.replace('}} #', '}, enabled: false} #'));
  });
  it('mends a resource that is not valid', () => {
    const text = document('orders').replace('destination', 'destinatoin');
    const [resource] = resourcesOf(document('orders'));
    expect(editFile(text, ref('orders'), resource!, OPTIONS)).toBe(
      document('orders').replace('{source: {connection: a}, destination', '{source: {connection: a}, destination'),
    );
  });
  it('says what it cannot do', () => {
    expect(() => remove(document('other'))).toThrow(expect.objectContaining({ code: 'not_found' }));
    const twice = `${document('orders')}---\n${document('orders')}`;
    expect(() => remove(twice)).toThrow(expect.objectContaining({ code: 'duplicate_resource' }));
  });
  it('the same name in two workspaces and of two kinds: the right one is edited', () => {
    const near = document('orders');
    const far = near.replace('{name: orders}', '{namespace: far, name: orders}');
    const connection =
      'apiVersion: headgate.dev/v1alpha1\nkind: Connection\nmetadata: {name: orders}\nspec: {connector: http}\n';
    const text = `${connection}---\n${far}---\n${near}`;
    const [, inFar] = resourcesOf(text);
    const edited = editFile(text, refOf(inFar!), changed(inFar!, { '/spec/enabled': false }), OPTIONS)!;
    expect(edited.startsWith(`${connection}---\n`)).toBe(true);
    expect(edited.endsWith(`---\n${near}`)).toBe(true);
    expect(resourcesOf(edited)[1]).toMatchObject({ metadata: { namespace: 'far' }, spec: { enabled: false } });
    expect(editFile(text, refOf(inFar!), null, OPTIONS)).toBe(`${connection}---\n${near}`);
  });

  it('a name that is written with an escape is found, and texts that look like a document are none', () => {
    const text = `${document('other')}---\n${document('orders').replace('name: orders', 'name: "or\\x64ers"')}`;
    const odd = text.replace('spec: {', 'spec: {description: "name: orders\n  ---\n  --- x",');
    const [other, orders] = resourcesOf(odd);
    const edited = editFile(odd, refOf(orders!), changed(orders!, { '/spec/enabled': false }), OPTIONS)!;
    expect(resourcesOf(edited)).toEqual([other, changed(orders!, { '/spec/enabled': false })]);
    expect(() => editFile(`${text}---\n${document('orders')}`, refOf(orders!), null, OPTIONS)).toThrow(
      /more than once/,
    );
  });

  it('a large file costs less than reading it once', () => {
    const long = (n: number): string =>
      document(`p${n}`).replace('spec: {', `spec: {description: ${'x y '.repeat(150)}, `);
    const text = Array.from({ length: 900 }, (_, n) => long(n)).join('---\n');
    expect(text.length).toBeGreaterThan(600_000);
    const cpu = (work: () => unknown): number => {
      const before = process.threadCpuUsage();
      work();
      const { user, system } = process.threadCpuUsage(before);
      return user + system;
    };
    const resource = resourcesOf(text)[450]!;
    const wished = changed(resource, { '/spec/enabled': false });
    const reading = cpu(() => parseFile(Buffer.from(text), 'f.yaml'));
    let edited: string | null = null;
    const editing = cpu(() => (edited = editFile(text, refOf(resource), wished, OPTIONS)));
    expect(resourcesOf(edited!)[450]).toEqual(wished);
    expect(editing).toBeLessThan(reading);
    expect(cpu(() => editFile(text, refOf(resource), null, OPTIONS))).toBeLessThan(reading);
  });

  it('does not make two of one name', () => {
    const text = `${document('orders')}---\n${document('other')}`;
    expect(() => edit(text, { '/metadata/name': 'other' })).toThrow(expect.objectContaining({ code: 'conflict' }));
  });
});

describe('JSON', () => {
  const file = (spec: object, step: number): string =>
    JSON.stringify(
      { apiVersion: 'headgate.dev/v1alpha1', kind: 'Pipeline', metadata: { name: 'orders' }, spec },
      null,
      step,
    );
  const spec = {
    source: { connection: 'a' },
    destination: { connection: 'b' },
    transforms: [{ filter: 'a' }, { filter: 'b' }],
  };
  it.each([0, 2, 4])('stays JSON with an indentation of %s', (step) => {
    const text = file(spec, step);
    const wished = { ...spec, transforms: [{ filter: 'a' }, { set: { x: '"1"' } }], enabled: false };
    expect(edit(text, { [T]: wished.transforms, '/spec/enabled': false })).toBe(file(wished, step));
    expect(edit(text, { [T]: GONE })).toBe(file({ source: spec.source, destination: spec.destination }, step));
  });
});

describe('odd ways of writing', () => {
  const text = (settings: string): string => `apiVersion: headgate.dev/v1alpha1
kind: Pipeline
metadata: {name: orders}
spec:
  ? source
  : connection: a
  destination:
    connector: file
    settings:
${settings}  # the end
`;
  it.each<[string, string, unknown, string]>([
    ['a pair without braces', '      v: [a: 1]\n', { v: [{ a: 1, b: 2 }] }, '      v: [{a: 1, b: 2}]\n'],
    ['a key without a value', '      v: {a, b: 1}\n', { v: { a: 1, b: 1 } }, '      v:\n        a: 1\n        b: 1\n'],
    ['a key with a mark', '      ? v\n      : 1\n      w: 2\n', { v: 3, w: 2 }, '      ? v\n      : 3\n      w: 2\n'],
    ['a tag', '      v: !!str 5 # five\n', { v: 6 }, '      v: 6 # five\n'],
    ['an anchor', '      v: &a !!int 5\n', { v: 'x' }, '      v: &a x\n'],
    [
      'an item of another kind',
      '      v:\n      - &a 5 # five\n',
      { v: [{ x: 1, z: [2] }] },
      '      v:\n      - x: 1\n        z:\n        - 2\n',
    ],
    ['a folded text', '      v: a\n        b\n      w: 1\n', { v: 'c', w: 1 }, '      v: c\n      w: 1\n'],
    ['a value on the next line', '      v:\n        # note\n        5\n', { v: 6 }, '      v: 6\n'],
    [
      'a dash on its own',
      '      v:\n      -\n        x: 1\n        z: 2\n',
      { v: [{ x: 1, z: 3 }] },
      '      v:\n      -\n        x: 1\n        z: 3\n',
    ],
    [
      'lists of lists',
      '      v:\n      - - 1\n        - 2\n      - [3]\n',
      { v: [[2], [3, 4]] },
      '      v:\n      - - 2\n      - [3, 4]\n',
    ],
    [
      'wide dashes',
      '      v:\n      -   x: 1\n          z: 2\n',
      { v: [{ z: 2, a: 1 }] },
      '      v:\n      -   z: 2\n          a: 1\n',
    ],
    ['a merge of a map', '      <<: {a: 1}\n      b: 2\n', { a: 1, b: 3 }, '      <<: {a: 1}\n      b: 3\n'],
    ['out of a merge of a map', '      <<: {a: 1}\n      b: 2\n', { b: 2 }, '      b: 2\n'],
    [
      'a merge of its own neighbour, and an anchored key',
      '      one: &o {a: 1}\n      <<: *o\n      &k two: 2\n      three: *k\n',
      { one: { a: 1 }, a: 1, two: 3, three: 'two' },
      '      one: &o {a: 1}\n      <<: *o\n      &k two: 3\n      three: *k\n',
    ],
  ])('%s', (_, before, settings, after) => {
    expect(edit(text(before), { [S]: settings })).toBe(text(after));
  });

  it('a document can be written anew', () => {
    const file = `# all\n---\n${document('first')}---\n# o\n${document('orders')}# behind\n`;
    const documents = compose(file);
    const page = new Page(
      file,
      layoutOf(
        file,
        documents.map(({ contents }) => ({ text: file, contents })),
      ),
    );
    const edited = writeAnew(page, documents[1]!.contents!, { a: { b: [1] } });
    expect(edited).toBe(`# all\n---\n${document('first')}---\n# o\na:\n  b:\n    - 1 # orders\n# behind\n`);
  });
});

describe('newFile', () => {
  const [resource] = resourcesOf(ORDERS) as [Resource];
  it('writes the fields in their usual order', () => {
    expect(newFile(changed(resource, { '/spec/destination': { connection: 'b' } })))
      .toBe(`apiVersion: headgate.dev/v1alpha1
kind: Pipeline
metadata:
  name: orders
  labels:
    team: data
spec:
  schedule: 0 * * * *
  source:
    connection: shop
    stream: orders
  transforms:
    - rename:
        a: b
    - filter: amount > 0
    - set:
        total: price * n
        day: created_at
  destination:
    connection: b
`);
  });
  it('names a workspace that is not the usual one', () => {
    const moved = changed(resource, { '/metadata/namespace': 'team' });
    expect(newFile(moved)).toContain('  namespace: team\n');
    expect(newFile(moved, { namespace: 'team' })).not.toContain('namespace');
    expect(resourcesOf(newFile(moved))).toEqual([moved]);
  });
});

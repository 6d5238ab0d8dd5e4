import { expect } from 'chai';
import { compareTerraform } from '../../../checkers/terraform/compare.ts';
import { terraformOptions } from '../../../checkers/terraform/options.ts';
import { readEvents } from '../../../checkers/terraform/read-events.ts';
import { PlanReader } from '../../../checkers/terraform/plan-reader.ts';
import type { Plan } from '../../../checkers/terraform/plan.ts';
import type { Comparison, Json } from '../../../src/checker.ts';

const EVENTS = readEvents('{"type":"version","terraform":"1.11.4","ui":"1.2"}\n{"type":"change_summary"}\n');

function compare(plan: object, options: object = {}, exitCode = 2): Comparison {
  const read = readPlan(JSON.stringify({ format_version: '1.2', ...plan }));
  return compareTerraform({ exitCode, events: EVENTS, plan: read }, terraformOptions.parse(options));
}

function readPlan(text: string, secret: (value: string) => void = () => undefined): Plan {
  const reader = new PlanReader(secret);
  reader.read(Buffer.from(text));
  return reader.end();
}

const change = (actions: string[], more: object = {}, entry: object = {}): object => ({
  address: 'x_y.z',
  mode: 'managed',
  type: 'x_y',
  name: 'z',
  change: { actions, before: null, after: null, ...more },
  ...entry,
});

describe('compareTerraform', () => {
  const actions: readonly (readonly [string[], string | undefined, string[]])[] = [
    [['no-op'], undefined, []],
    [['read'], undefined, []],
    [['create'], 'create', []],
    [['update'], 'update', []],
    [['delete'], 'delete', []],
    [['delete', 'create'], 'replace', []],
    [['create', 'delete'], 'replace', []],
    [['forget'], undefined, ['forgotten']],
    [['create', 'forget'], 'replace', ['forgotten']],
  ];
  for (const [list, action, notices] of actions) {
    it(`reads the actions ${list.join('+')} as ${action ?? 'no drift'}`, () => {
      const found = compare({ resource_changes: [change(list)] });
      expect(found.drift.map((drift) => drift.action)).to.deep.equal(action === undefined ? [] : [action]);
      expect(found.notices?.map(({ kind }) => kind)).to.deep.equal(notices);
      expect([found.resources, found.failures]).to.deep.equal([1, []]);
    });
  }

  it('fails on an action that it does not know, and keeps the other drift', () => {
    const found = compare({ resource_changes: [change(['explode']), change(['update'], {}, { address: 'x_y.b' })] });
    expect(found.failures?.map(({ reason, address }) => [reason, address])).to.deep.equal([['unsupported', 'x_y.z']]);
    expect(found.drift.map(({ address }) => address)).to.deep.equal(['x_y.b']);
  });

  it('counts no data source and says which are read during an apply', () => {
    const found = compare({ resource_changes: [change(['read'], {}, { address: 'data.x_y.z', mode: 'data' })] });
    expect([found.resources, found.drift]).to.deep.equal([0, []]);
    expect(found.notices?.map(({ kind }) => kind)).to.deep.equal(['data_read']);
  });

  it('takes an exit code of 2 without changes for what it is: in sync', () => {
    const found = compare({ resource_changes: [change(['no-op'], { before: { a: 1 }, after: { a: 1 } })] });
    expect([found.drift, found.failures, found.notices]).to.deep.equal([[], [], []]);
  });

  it('takes drift with the action no-op for a mere move', () => {
    const moved = { previous_address: 'x_y.old' };
    const found = compare(
      {
        resource_changes: [change(['no-op'], {}, moved)],
        resource_drift: [change(['no-op'], {}, moved)],
      },
      { outside_changes: 'all' },
    );
    expect(found.notices?.map(({ kind, message }) => [kind, message])).to.deep.equal([['moved', 'moved from x_y.old']]);
  });

  it('joins outside changes with the planned one of a resource that moved too', () => {
    const found = compare({
      resource_changes: [change(['update'], { before: { a: 2 }, after: { a: 1 } }, { previous_address: 'x_y.old' })],
      resource_drift: [change(['update'], { before: { a: 1 }, after: { a: 2 } }, { address: 'x_y.old' })],
    });
    expect(found.drift.map(({ cause }) => cause)).to.deep.equal(['out_of_band']);
  });

  it('keeps deposed objects apart from the resource they belong to', () => {
    const found = compare({ resource_changes: [change(['update']), change(['delete'], {}, { deposed: 'abc1' })] });
    expect(found.drift.map(({ address }) => address)).to.deep.equal(['x_y.z', 'x_y.z (deposed abc1)']);
  });

  it('takes an index as a number or as text', () => {
    const found = compare({
      resource_changes: [
        change(['update'], {}, { address: 'x_y.z[0]', index: 0 }),
        change(['update'], {}, { address: 'x_y.z["a/b"]', index: 'a/b' }),
      ],
    });
    expect(found.drift).to.have.length(2);
  });

  it('keeps the drift of an errored plan beside its failure', () => {
    const found = compare({ errored: true, applyable: false, resource_changes: [change(['update'])] }, {}, 1);
    expect(found.drift).to.have.length(1);
    expect(found.failures?.map(({ reason }) => reason)).to.deep.equal(['exit_code']);
  });

  it('calls an incomplete plan a failure, unless targets were asked for', () => {
    const plan = { complete: false, resource_changes: [change(['update'])] };
    expect(compare(plan).failures?.map(({ reason }) => reason)).to.deep.equal(['dependency']);
    expect(compare(plan, { targets: ['x_y.z'] }).failures).to.deep.equal([]);
  });

  it('says what was put off', () => {
    const deferred = { reason: 'resource_config_unknown', resource_change: change(['create']) };
    const found = compare({ deferred_changes: [deferred] });
    expect(found.notices).to.deep.equal([
      { kind: 'deferred', address: 'x_y.z', message: 'not planned yet: resource config unknown' },
    ]);
  });

  it('says that a resource which is updated is imported as well', () => {
    const found = compare({ resource_changes: [change(['update'], { importing: { id: 'i' } })] });
    expect(found.notices?.map(({ kind }) => kind)).to.deep.equal(['imported']);
    expect(found.drift).to.have.length(1);
  });

  const masks: readonly (readonly [
    title: string,
    change: object,
    paths: Record<string, readonly [string | undefined, string | undefined]>,
  ])[] = [
    [
      'a bare true',
      { before: { a: 1 }, after: { a: 2 }, before_sensitive: true, after_sensitive: true },
      { '': ['sensitive', 'sensitive'] },
    ],
    [
      'a mask on one side only',
      { before: { a: 's1' }, after: { a: 's2' }, before_sensitive: false, after_sensitive: { a: true } },
      { '/a': ['sensitive', 'sensitive'] },
    ],
    [
      'nested masks',
      {
        before: { a: { b: 's', c: 1 } },
        after: { a: { b: 't', c: 2 } },
        before_sensitive: { a: { b: true } },
        after_sensitive: { a: { b: true } },
      },
      { '/a/b': ['sensitive', 'sensitive'], '/a/c': ['known', 'known'] },
    ],
    [
      'a list whose mask has another length',
      {
        before: { l: ['a', 's'] },
        after: { l: ['b', 't', 'u'] },
        before_sensitive: { l: [false, true] },
        after_sensitive: { l: [false, true] },
      },
      { '/l/0': ['known', 'known'], '/l/1': ['sensitive', 'sensitive'], '/l/2': [undefined, 'known'] },
    ],
    [
      'values of different shape with a mask inside one',
      { before: { a: { b: 's' } }, after: { a: 'text' }, before_sensitive: { a: { b: true } }, after_sensitive: {} },
      { '/a': ['sensitive', 'sensitive'] },
    ],
    [
      'a created resource with a masked field',
      {
        before: null,
        after: { a: 1, p: 's', n: null },
        before_sensitive: false,
        after_sensitive: { p: true },
        after_unknown: { id: true },
      },
      { '/a': [undefined, 'known'], '/p': [undefined, 'sensitive'], '/id': [undefined, 'unknown'] },
    ],
    [
      'a deleted resource with a masked object inside',
      { before: { o: { p: 's', q: 1 } }, after: null, before_sensitive: { o: { p: true } }, after_sensitive: false },
      { '/o/p': ['sensitive', undefined], '/o/q': ['known', undefined] },
    ],
    [
      'a value known only after an apply, alone and in a list',
      { before: { a: 1, l: [1, 2] }, after: { l: [1, null] }, after_unknown: { a: true, l: [false, true] } },
      { '/a': ['known', 'unknown'], '/l/1': ['known', 'unknown'] },
    ],
    ['null and absence, which are the same', { before: { a: null, b: 1 }, after: { b: 1, c: null } }, {}],
    ['other key order, which is the same', { before: { a: { x: 1, y: 2 } }, after: { a: { y: 2, x: 1 } } }, {}],
    [
      'equal sensitive values',
      { before: { a: 's' }, after: { a: 's' }, before_sensitive: { a: true }, after_sensitive: { a: true } },
      {},
    ],
  ];
  for (const [title, values, paths] of masks) {
    it(`masks without hiding that something changed: ${title}`, () => {
      const [drift] = compare({ resource_changes: [change(['update'], values)] }).drift;
      const found = drift?.changes.map(({ path, live, desired }) => [path, [live?.kind, desired?.kind]]);
      expect(Object.fromEntries(found as [string, string[]][])).to.deep.equal(paths);
    });
  }

  it('marks the replace paths, whole or in part', () => {
    const values = { before: { a: { b: 1 }, c: 1 }, after: { a: { b: 2 }, c: 2 }, replace_paths: [['a']] };
    const [drift] = compare({ resource_changes: [change(['delete', 'create'], values)] }).drift;
    const forcing = drift?.changes.map(({ path, forcesReplacement }) => [path, forcesReplacement === true]);
    expect(forcing).to.deep.equal([
      ['/a/b', true],
      ['/c', false],
    ]);
  });

  it('masks sensitive outputs and names them', () => {
    const output_changes = {
      password: { actions: ['update'], before: 's', after: 't', before_sensitive: true, after_sensitive: true },
      same: { actions: ['no-op'], before: 1, after: 1 },
    };
    expect(compare({ output_changes }).notices).to.deep.equal([
      {
        kind: 'output_changed',
        address: 'output.password',
        message: 'update of the output password',
        changes: [{ op: 'replace', path: '', live: { kind: 'sensitive' }, desired: { kind: 'sensitive' } }],
      },
    ]);
  });

  const converging: readonly (readonly [title: string, expression: Json, notices: number])[] = [
    ['a call of timestamp()', {}, 1],
    ['a call with a variable', { references: ['var.prefix'] }, 1],
    ['a reference to another resource', { references: ['x_y.b.id', 'x_y.b'] }, 0],
    ['a constant', { constant_value: 1 }, 0],
    ['a nested block', [{ a: {} }], 0],
  ];
  for (const [title, expression, notices] of converging) {
    it(`tells what never converges from what is unknown for a reason: ${title}`, () => {
      const found = compare({
        resource_changes: [change(['update'], { before: { a: 1 }, after: {}, after_unknown: { a: true } })],
        configuration: { root_module: { resources: [{ address: 'x_y.z', expressions: { a: expression } }] } },
      });
      expect(found.notices?.filter(({ kind }) => kind === 'never_converges')).to.have.length(notices);
    });
  }
});

describe('PlanReader', () => {
  for (const format_version of ['0.1', '0.2', '1.0', '1.1', '1.2', '1.9']) {
    it(`reads format ${format_version}, with nothing else in it`, () => {
      const plan = readPlan(JSON.stringify({ format_version }));
      expect(plan.resourceChanges).to.deep.equal([]);
    });
  }

  const bad: readonly (readonly [title: string, text: string, reason: string, message: string])[] = [
    ['nothing', '', 'bad_output', 'plan JSON: expected one JSON object, got nothing'],
    [
      'JSON cut off',
      '{"format_version":"1.2","resource_ch',
      'bad_output',
      'plan JSON: expected one JSON object, got 36 bytes that are cut off',
    ],
    ['binary garbage', '\u0000\u0001PK', 'bad_output', 'plan JSON: expected one JSON object, got something else'],
    ['a list', '[]', 'bad_output', 'plan JSON: (root): expected an object, got a list'],
    ['null', 'null', 'bad_output', 'plan JSON: (root): expected an object, got null'],
    ['no version', '{}', 'bad_output', 'plan JSON: format_version: expected text, got nothing'],
    [
      'another major version',
      '{"format_version":"2.0"}',
      'unsupported',
      'plan JSON: format_version "2.0": expected 0.1 to 1.x; this Terraform is too new for this drift-exporter',
    ],
    [
      'changes that are no list',
      '{"format_version":"1.2","resource_changes":{}}',
      'bad_output',
      'plan JSON: resource_changes: expected a list, got an object',
    ],
    [
      'a change that is no object',
      '{"format_version":"1.2","resource_changes":[7]}',
      'bad_output',
      'plan JSON: resource_changes[0]: expected an object, got a number',
    ],
    [
      'actions that are text',
      '{"format_version":"1.2","resource_changes":[{"address":"a","type":"t","change":{"actions":"update"}}]}',
      'bad_output',
      'plan JSON: resource_changes[0].change.actions: expected a list, got a string',
    ],
    [
      'a change without an address',
      '{"format_version":"1.2","resource_drift":[{"type":"t","change":{"actions":[]}}]}',
      'bad_output',
      'plan JSON: resource_drift[0].address: expected text, got nothing',
    ],
    [
      'a replace path with an object in it',
      '{"format_version":"1.2","output_changes":{"o":{"actions":[],"replace_paths":[[{}]]}}}',
      'bad_output',
      'plan JSON: output_changes.o.replace_paths[0][0]: expected text or a number, got an object',
    ],
  ];
  for (const [title, text, reason, message] of bad) {
    it(`refuses ${title} with its place`, () => {
      expect(() => readPlan(text))
        .to.throw(message)
        .with.property('reason', reason);
    });
  }
});

describe('PlanSecrets', () => {
  it('finds what variables, outputs, attributes and the state mark, and leaves out what is too short to mask', () => {
    const found: string[] = [];
    readPlan(
      JSON.stringify({
        format_version: '1.2',
        variables: { token: { value: 'from-variable' }, plain: { value: 'not-secret' } },
        configuration: { root_module: { variables: { token: { sensitive: true }, plain: {} } } },
        resource_changes: [
          change(['update'], {
            before: { list: ['plain-item', 'from-list'], pin: 12, long: 1234567, flag: true, short: 'abc' },
            before_sensitive: { list: [false, true], pin: true, long: true, flag: true, short: true },
            after: { nested: { deep: 'from-whole' } },
            after_sensitive: true,
          }),
        ],
        output_changes: { o: { actions: ['create'], after: 'from-output', after_sensitive: true } },
        prior_state: {
          values: {
            root_module: {
              child_modules: [{ resources: [{ values: { p: 'from-state' }, sensitive_values: { p: true } }] }],
            },
          },
        },
      }),
      (value) => {
        found.push(value);
      },
    );
    expect(found.sort()).to.deep.equal([
      '1234567',
      'from-list',
      'from-output',
      'from-state',
      'from-variable',
      'from-whole',
    ]);
  });
});

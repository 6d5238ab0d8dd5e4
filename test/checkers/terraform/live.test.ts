import { expect } from 'chai';
import { terraform } from '../../../checkers/terraform/index.ts';
import { checkerContext, sumOfRun, type Sum } from '../../support/checker-context.ts';
import { needs } from '../../support/skips.ts';
import {
  PROVIDER_SOURCE,
  startLiveProvider,
  type LiveProvider,
} from '../../support/terraform-provider/live-provider.ts';
import { terraformRoot, type TerraformRoot } from '../../support/terraform-provider/terraform-root.ts';

const SECRET = 'hunter2-in-the-open';
const HEAD = `terraform {\n  required_providers {\n    live = { source = "${PROVIDER_SOURCE}" }\n  }\n}\n`;
const object = (name: string, body: string): string => `resource "live_object" "${name}" {\n${body}\n}\n`;

describe('the terraform checker, with a provider whose objects live in this process', function () {
  let provider: LiveProvider;
  let root: TerraformRoot;
  let secrets: string[] = [];

  before(function () {
    needs(this, { terraform: 'https://developer.hashicorp.com/terraform/install' });
  });

  beforeEach(async () => {
    provider = await startLiveProvider();
    root = await terraformRoot({
      'main.tf': HEAD + object('web', `name = "web"\nsize = 1\nsecret = "${SECRET}"\ntags = { a = "1" }`),
    });
    await root.apply(provider.env);
  });

  afterEach(async () => {
    await provider.close();
    await root.remove();
  });

  async function check(options: object = {}): Promise<Sum> {
    const context = await checkerContext({ sourceDir: root.dir });
    try {
      return await sumOfRun(terraform, { env: provider.env, ...options }, context);
    } finally {
      ({ secrets } = context);
      await context.cleanup();
    }
  }

  const live = (): NonNullable<ReturnType<typeof provider.objects.get>> => [...provider.objects.values()][0]!;

  it('finds nothing where nobody changed anything', async () => {
    const { resources, drift, failures, notices } = await check();
    expect({ resources, drift, failures, notices }).to.deep.equal({
      resources: 1,
      drift: [],
      failures: [],
      notices: [],
    });
  });

  it('calls an object changed by hand out of band, with the live value and the desired one', async () => {
    live().size = 7;
    const { drift, failures, notices } = await check();
    expect(failures).to.deep.equal([]);
    expect(notices).to.deep.equal([]);
    expect(drift).to.deep.equal([
      {
        address: 'live_object.web',
        type: 'live_object',
        action: 'update',
        cause: 'out_of_band',
        changes: [
          { op: 'replace', path: '/size', live: { kind: 'known', value: 7 }, desired: { kind: 'known', value: 1 } },
        ],
      },
    ]);
  });

  it('calls a configuration that nobody applied unapplied', async () => {
    await root.write({
      'main.tf': HEAD + object('web', `name = "web"\nsize = 2\nsecret = "${SECRET}"\ntags = { a = "1" }`),
    });
    const { drift } = await check();
    expect(drift.map(({ cause, action }) => [cause, action])).to.deep.equal([['unapplied', 'update']]);
    expect(drift[0]?.changes.map(({ path }) => path)).to.deep.equal(['/size']);
  });

  it('calls it unapplied where something else than the configuration asks for was changed by hand', async () => {
    await root.write({
      'main.tf': HEAD + object('web', `name = "web"\nsize = 2\nsecret = "${SECRET}"\ntags = { a = "1" }`),
    });
    live().status = 'degraded';
    const { drift, notices } = await check({ outside_changes: 'all' });
    expect(drift.map(({ cause }) => cause)).to.deep.equal(['unapplied']);
    expect(notices.map(({ kind, address }) => [kind, address])).to.deep.equal([['outside_change', 'live_object.web']]);
  });

  it('calls an object deleted by hand out of band, to be created', async () => {
    provider.objects.clear();
    const { drift } = await check();
    expect(drift.map(({ cause, action }) => [cause, action])).to.deep.equal([['out_of_band', 'create']]);
    expect(JSON.stringify(drift)).to.not.contain(SECRET);
  });

  it('shows that a sensitive value was changed by hand, and neither value', async () => {
    live().secret = 'changed-by-somebody';
    const { drift } = await check();
    expect(drift[0]?.changes).to.deep.equal([
      { op: 'replace', path: '/secret', live: { kind: 'sensitive' }, desired: { kind: 'sensitive' } },
    ]);
    expect(secrets).to.include(SECRET).and.to.include('changed-by-somebody');
  });

  it('marks the field that makes Terraform replace an object', async () => {
    live().name = 'renamed';
    const { drift } = await check();
    expect(drift.map(({ action, cause }) => [action, cause])).to.deep.equal([['replace', 'out_of_band']]);
    const forcing = drift[0]?.changes.filter(({ forcesReplacement }) => forcesReplacement).map(({ path }) => path);
    expect(forcing).to.deep.equal(['/name']);
  });

  const listings: readonly (readonly ['relevant' | 'all' | 'none', number, boolean])[] = [
    ['none', 0, false],
    ['relevant', 1, false],
    ['all', 1, true],
  ];
  for (const [outside_changes, count, named] of listings) {
    it(`with outside_changes: ${outside_changes}, an outside change without an action is ${named ? 'listed' : count === 0 ? 'left out' : 'counted'}, never drift`, async () => {
      live().status = 'degraded';
      const { drift, failures, notices } = await check({ outside_changes });
      expect([drift, failures]).to.deep.equal([[], []]);
      expect(notices.map(({ kind }) => kind)).to.deep.equal(Array.from({ length: count }, () => 'outside_change'));
      expect(notices.some(({ address }) => address === 'live_object.web')).to.equal(named);
    });
  }

  it('lists an outside change that the plan depends on', async () => {
    const web = object('web', `name = "web"\nsize = 1\nsecret = "${SECRET}"\ntags = { a = "1" }`);
    await root.write({ 'main.tf': `${HEAD}${web}${object('app', 'name = "app-${live_object.web.status}"')}` });
    await root.apply(provider.env);
    for (const found of provider.objects.values()) if (found.name === 'web') found.status = 'degraded';
    const { drift, notices } = await check();
    expect(drift.map(({ address, action }) => [address, action])).to.deep.equal([['live_object.app', 'replace']]);
    expect(notices.map(({ kind, address }) => [kind, address])).to.deep.equal([['outside_change', 'live_object.web']]);
  });

  const WEB = object('web', `name = "web"\nsize = 1\nsecret = "${SECRET}"\ntags = { a = "1" }`);
  const named = (name: string): NonNullable<ReturnType<typeof provider.objects.get>> =>
    [...provider.objects.values()].find((found) => found.name === name)!;
  const cases: Readonly<
    Record<string, { files: string; apply?: string; change: () => unknown; causes: Readonly<Record<string, string>> }>
  > = {
    'another one holds a value that somebody changed': {
      files: WEB + object('app', 'name = "app"\ntags = { status = live_object.web.status }'),
      change: () => (named('web').status = 'degraded'),
      causes: { 'live_object.app': 'out_of_band' },
    },
    'another one has such a value in a text': {
      files: WEB + object('app', 'name = "app-${live_object.web.status}-x"'),
      change: () => (named('web').status = 'degraded'),
      causes: { 'live_object.app': 'out_of_band' },
    },
    'another one holds the id of one that was deleted, and a third the id of that': {
      files:
        WEB +
        object('app', 'name = live_object.web.id') +
        object('db', 'name = "db"\ntags = { app = live_object.app.id }'),
      change: () => provider.objects.delete(named('web').id),
      causes: { 'live_object.app': 'out_of_band', 'live_object.db': 'out_of_band', 'live_object.web': 'out_of_band' },
    },
    'another one holds the id of one that was renamed by hand, and is replaced': {
      files: WEB + object('app', 'name = "app"\ntags = { web = live_object.web.id }'),
      change: () => (named('web').name = 'renamed'),
      causes: { 'live_object.app': 'out_of_band', 'live_object.web': 'out_of_band' },
    },
    'the text around an id that is not known yet may have changed, too': {
      files:
        WEB +
        object('app', 'name = "app-${live_object.web.id}"') +
        object('db', 'name = "db"\ntags = { app = live_object.app.id }'),
      change: () => provider.objects.delete(named('web').id),
      causes: { 'live_object.app': 'unknown', 'live_object.db': 'unknown', 'live_object.web': 'out_of_band' },
    },
    'the configuration changed what is made of the value': {
      apply: WEB + object('app', 'name = "app-${live_object.web.status}"'),
      files: WEB + object('app', 'name = "application-${live_object.web.status}"'),
      change: () => (named('web').status = 'degraded'),
      causes: { 'live_object.app': 'unknown' },
    },
    'the configuration changed another attribute as well': {
      apply: WEB + object('app', 'name = "app"\nsize = 1\ntags = { status = live_object.web.status }'),
      files: WEB + object('app', 'name = "app"\nsize = 2\ntags = { status = live_object.web.status }'),
      change: () => (named('web').status = 'degraded'),
      causes: { 'live_object.app': 'unapplied' },
    },
    'it refers to something of the changed one that nobody changed': {
      apply: WEB + object('app', 'name = "app"'),
      files: WEB + object('app', 'name = "app"\ntags = { name = live_object.web.name }'),
      change: () => (named('web').status = 'degraded'),
      causes: { 'live_object.app': 'unapplied' },
    },
    'they are instances': {
      files:
        'resource "live_object" "web" {\n  count = 2\n  name = "web-${count.index}"\n}\n' +
        'resource "live_object" "app" {\n  count = 2\n  name = live_object.web[count.index].id\n}\n',
      change: () => provider.objects.delete(named('web-1').id),
      causes: { 'live_object.app[1]': 'out_of_band', 'live_object.web[1]': 'out_of_band' },
    },
  };
  for (const [title, { files, apply = files, change, causes }] of Object.entries(cases)) {
    it(`finds why a resource changes with another: ${title}`, async () => {
      await root.write({ 'main.tf': HEAD + apply });
      await root.apply(provider.env);
      await root.write({ 'main.tf': HEAD + files });
      change();
      const { drift, failures } = await check();
      expect(failures).to.deep.equal([]);
      expect(Object.fromEntries(drift.map(({ address, cause }) => [address, cause]))).to.deep.equal(causes);
    });
  }

  it('says what a provider says when it cannot read an object, and does not call it in sync', async () => {
    provider.failReading(live().id, 'the API is down for maintenance');
    const { resources, drift, failures } = await check();
    expect([resources, drift]).to.deep.equal([0, []]);
    expect(failures.map(({ reason }) => reason)).to.deep.equal(['task_failed']);
    expect(failures[0]?.message).to.contain('the API is down for maintenance');
    expect(failures[0]?.address).to.equal('live_object.web');
  });

  it('says unreachable when the provider cannot reach its API', async () => {
    provider.failReading(
      live().id,
      'Get "https://api.example.test": dial tcp 192.0.2.1:443: connect: connection refused',
    );
    const { failures } = await check();
    expect(failures.map(({ reason }) => reason)).to.deep.equal(['unreachable']);
  });

  it('leaves state and source as they are, drifted or not', async () => {
    live().size = 9;
    const before = await root.fingerprint();
    await check();
    expect(await root.fingerprint()).to.equal(before);
  });
});

import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { expect } from 'chai';
import { parseManifests, type Declared } from '../../../../checkers/kubernetes/desired/parse-manifests.ts';
import { readDesired } from '../../../../checkers/kubernetes/desired/read-desired.ts';
import { withoutUnstable } from '../../../../checkers/kubernetes/desired/render-helm.ts';
import { kubernetesOptions } from '../../../../checkers/kubernetes/options.ts';
import { fingerprint } from '../../../../src/testing/fingerprint.ts';
import { checkerContext, type TestContext } from '../../../support/checker-context.ts';
import { writeTree } from '../../../support/kubernetes-sources.ts';
import { needs, programOnPath, skipOptional } from '../../../support/skips.ts';

const KUBECTL = { kubectl: 'https://kubernetes.io/docs/tasks/tools/' };
const JSONNET = { jsonnet: 'apt-get install jsonnet' };

describe('rendering manifests', () => {
  let source: Awaited<ReturnType<typeof writeTree>>;
  let context: TestContext;

  beforeEach(async () => {
    source = await writeTree({
      'base/kustomization.yaml': 'resources: [web.yaml]\n',
      'base/web.yaml': one('web'),
      'overlay/kustomization.yaml': 'namePrefix: prod-\nresources: [../base]\n',
      'escape/kustomization.yaml': 'configMapGenerator: [{name: c, files: [../base/web.yaml]}]\n',
      'broken/kustomization.yaml': 'resources: [gone.yaml]\n',
      'lib/names.libsonnet': "{ name(x):: 'lib-' + x }",
      'app.jsonnet': `local n = import 'names.libsonnet';
        local o(name) = { apiVersion: 'v1', kind: 'ConfigMap', metadata: { name: name }, data: { env: std.extVar('env') } };
        function(extra) { web: { config: o(n.name('a')) }, list: [o(extra), o(std.toString(std.extVar('size') + 1))] }`,
      'broken.jsonnet': '{ a: error "no" }',
      'print.sh': `printf 'apiVersion: v1\\nkind: ConfigMap\\nmetadata: {name: printed}\\n'\n`,
      'chart/Chart.yaml': 'apiVersion: v2\nname: shop\nversion: 1.0.0\n',
      'chart/values.yaml': 'size: 1\n',
      'chart/templates/stable.yaml': `${one('{{ .Release.Name }}-{{ .Values.size }}')}  namespace: {{ .Release.Namespace }}\n`,
      'chart/templates/random.yaml': `${one('random')}data: {key: {{ randAlphaNum 20 | quote }}}\n`,
      'values.yaml': 'size: 2\n',
    });
    context = await checkerContext({ sourceDir: source.dir });
  });

  afterEach(async () => {
    await context.cleanup();
    await source.remove();
  });

  it('renders kustomizations with what is installed, one that fails hiding no other', async function () {
    needs(this, KUBECTL);
    const declared = await read({ kustomize: ['overlay', 'broken', 'base'] });
    expect(names(declared)).to.deep.equal(['prod-web', 'web']);
    expect(declared.failures).to.have.length(1);
    expect(declared.failures[0]).to.include({ phase: 'source', reason: 'exit_code' });
    expect(declared.failures[0]?.message).to.match(/^broken: .*gone\.yaml/s);
  });

  it('keeps the load restrictions of kustomize unless told otherwise', async function () {
    needs(this, KUBECTL);
    expect((await read({ kustomize: 'escape' })).failures).to.have.length(1);
    expect((await read({ kustomize: { dirs: 'escape', load_restrictions: false } })).objects).to.have.length(1);
  });

  it('renders jsonnet with libraries and variables, wherever the objects are in it', async function () {
    needs(this, JSONNET);
    const jsonnet = {
      file: 'app.jsonnet',
      library_paths: ['lib'],
      ext_vars: { env: 'prod "quoted"' },
      ext_code: { size: '41' },
      tla_vars: { extra: 'given' },
    };
    const declared = await read({ jsonnet });
    expect(declared.failures).to.deep.equal([]);
    expect(names(declared)).to.deep.equal(['42', 'given', 'lib-a']);
    expect(declared.objects[0]?.object['data']).to.deep.equal({ env: 'prod "quoted"' });
  });

  it('says what jsonnet says', async function () {
    needs(this, JSONNET);
    const { failures } = await read({ jsonnet: { file: 'broken.jsonnet' } });
    expect(failures[0]?.message).to.match(/^broken\.jsonnet: jsonnet.*RUNTIME ERROR: no/s);
  });

  it('reads what a command prints', async () => {
    const declared = await read({ command: ['sh', 'print.sh'] });
    expect(names(declared)).to.deep.equal(['printed']);
  });

  it('reads what comes with the request instead', async () => {
    const asked = await checkerContext({ sourceDir: source.dir, input: one('posted') });
    const declared = await readDesired(kubernetesOptions.parse({ command: ['false'] }), asked);
    await asked.cleanup();
    expect(names(declared)).to.deep.equal(['posted']);
  });

  for (const path of ['../outside', '/etc', 'gone']) {
    it(`refuses to render ${path}`, async function () {
      needs(this, KUBECTL);
      const { failures } = await read({ kustomize: path });
      expect(failures[0]?.message).to.match(/leads out of the source|not in the source/);
    });
  }

  it('renders again when the source changed, and not before', async function () {
    needs(this, JSONNET);
    const file = join(source.dir, 'count.jsonnet');
    await writeFile(file, jsonnetObject('first'));
    const first = await read({ jsonnet: { file: 'count.jsonnet' } });
    await writeFile(file, jsonnetObject('second'));
    const second = await read({ jsonnet: { file: 'count.jsonnet' } });
    expect([names(first), names(second)]).to.deep.equal([['first'], ['second']]);
  });

  it('does not render an unchanged revision twice', async function () {
    needs(this, JSONNET);
    await writeFile(join(source.dir, 'count.jsonnet'), jsonnetObject('first'));
    const pinned = await checkerContext({ sourceDir: source.dir, revision: 'abc' });
    const options = kubernetesOptions.parse({ jsonnet: { file: 'count.jsonnet' } });
    await readDesired(options, pinned);
    await writeFile(join(source.dir, 'count.jsonnet'), jsonnetObject('never read'));
    const again = await readDesired(options, pinned);
    await pinned.cleanup();
    expect(names(again)).to.deep.equal(['first']);
  });

  it('renders a Helm chart, and does not compare what differs each time', async function () {
    if (programOnPath('helm') === undefined)
      skipOptional(this, 'helm is not on PATH (https://helm.sh/docs/intro/install/)');
    const helm = { chart: 'chart', release: 'shop', namespace: 'eu', values: ['values.yaml'], set: { size: 3 } };
    const declared = await read({ helm });
    expect(declared.failures).to.deep.equal([]);
    expect(names(declared)).to.deep.equal(['shop-3']);
    expect(declared.notices.map(({ kind, address }) => [kind, address])).to.deep.equal([
      ['never_converges', 'ConfigMap/random'],
    ]);
  });

  it('tells objects that two renders agree on from those they do not', () => {
    const [first, second] = ['a', 'b'].map((key) =>
      parseManifests({ text: `${one('same')}---\n${one('other')}data: {key: ${key}}\n`, name: 'x', isFile: false }),
    );
    const declared = withoutUnstable(first as Declared, second as Declared);
    expect(names(declared)).to.deep.equal(['same']);
    expect(declared.notCompared.map(({ address }) => address)).to.deep.equal(['ConfigMap/other']);
  });

  it('never writes into the source', async function () {
    needs(this, { ...KUBECTL, ...JSONNET });
    const before = await fingerprint(source.dir);
    await read({ kustomize: 'overlay' });
    await read({ jsonnet: { file: 'broken.jsonnet' } });
    expect(await fingerprint(source.dir)).to.deep.equal(before);
  });

  function read(options: Readonly<Record<string, unknown>>): Promise<Declared> {
    return readDesired(kubernetesOptions.parse(options), context);
  }
});

function names({ objects }: Declared): string[] {
  return objects.map(({ object }) => object.metadata.name).toSorted();
}

function one(name: string): string {
  return `apiVersion: v1\nkind: ConfigMap\nmetadata:\n  name: ${name}\n`;
}

function jsonnetObject(name: string): string {
  return JSON.stringify({ apiVersion: 'v1', kind: 'ConfigMap', metadata: { name } });
}

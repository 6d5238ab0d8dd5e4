import { symlink } from 'node:fs/promises';
import { join } from 'node:path';
import { expect } from 'chai';
import { readManifestFiles } from '../../../../checkers/kubernetes/desired/manifest-files.ts';
import type { Declared } from '../../../../checkers/kubernetes/desired/parse-manifests.ts';
import { writeTree } from '../../../support/kubernetes-sources.ts';

describe('reading files of manifests', () => {
  let source: Awaited<ReturnType<typeof writeTree>>;

  before(async () => {
    source = await writeTree({
      'app/web.yaml': one('web'),
      'app/deep/db.yml': one('db'),
      'app/deep/cache.json': JSON.stringify({ apiVersion: 'v1', kind: 'ConfigMap', metadata: { name: 'cache' } }),
      'app/.hidden/secret.yaml': one('hidden'),
      'app/README.md': 'text',
      'app/broken.yaml': 'a: {{ b }}\n',
      'app/kustomization.yaml': 'resources: [web.yaml]\n',
      'app/chart/Chart.yaml': 'name: c\n',
      'app/chart/templates/x.yaml': '{{ x }}',
      manifest: one('no-extension'),
    });
    await symlink('/etc/hostname', join(source.dir, 'app/out.yaml'));
    await symlink(join(source.dir, 'app/web.yaml'), join(source.dir, 'link.yaml'));
  });

  after(() => source.remove());

  it('reads a directory with all below it, and says what it leaves out', async () => {
    const declared = await read(['app']);
    expect(names(declared)).to.deep.equal(['cache', 'db', 'web']);
    expect(declared.failures.map(({ message }) => message.replace(/line.*/, ''))).to.deep.equal([
      'app/broken.yaml: document 1, ',
      'app/out.yaml: a link that leads out of the source',
    ]);
    expect(declared.notices.map(({ message }) => message)).to.deep.equal([
      'app/kustomization.yaml: left out; set `kustomize` to render it',
    ]);
    expect(declared.notCompared).to.deep.equal([
      { address: 'app/chart', type: 'Chart', why: 'a Helm chart among manifests: set `helm` to render it' },
    ]);
  });

  const patterns: readonly (readonly [string[], string[], string[]])[] = [
    [['app/*.yaml'], ['app/broken.yaml', 'app/out.yaml', 'app/kust*'], ['web']],
    [['app/**/*.{yml,json}'], [], ['cache', 'db']],
    [['./app/web.yaml', 'app/web.yaml', 'app/w*.yaml'], [], ['web']],
    [['manifest'], [], ['no-extension']],
    [['link.yaml'], [], ['web']],
    [['app/deep'], ['**/*.json'], ['db']],
  ];
  for (const [include, exclude, expected] of patterns) {
    it(`reads ${include.join(' and ')} without ${exclude.join(', ') || 'exception'}`, async () => {
      const declared = await read(include, exclude);
      expect(names(declared)).to.deep.equal(expected);
      expect(declared.failures).to.deep.equal([]);
    });
  }

  it('fails on a pattern that names nothing, and reads the others', async () => {
    const declared = await read(['app/deep', 'gone/*.yaml', 'gone.yaml']);
    expect(names(declared)).to.deep.equal(['cache', 'db']);
    expect(declared.failures.map(({ reason, message }) => `${reason} ${message}`)).to.deep.equal([
      'not_found manifests: "gone/*.yaml" names no manifest in the source',
      'not_found manifests: "gone.yaml" names no manifest in the source',
    ]);
  });

  it('refuses to leave the source', async () => {
    for (const pattern of ['../x', '/etc/*.yaml', '../**/*.yaml']) {
      const error: unknown = await read([pattern]).catch((thrown: unknown) => thrown);
      expect(error).to.be.instanceOf(Error).with.property('reason', 'invalid');
    }
  });

  function read(include: readonly string[], exclude: readonly string[] = []): Promise<Declared> {
    return readManifestFiles(source.dir, { include, exclude }, new AbortController().signal);
  }
});

function names({ objects }: Declared): string[] {
  return objects.map(({ object }) => object.metadata.name).toSorted();
}

function one(name: string): string {
  return `apiVersion: v1\nkind: ConfigMap\nmetadata: {name: ${name}}\n`;
}

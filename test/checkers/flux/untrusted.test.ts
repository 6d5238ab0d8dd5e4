import { rm, symlink } from 'node:fs/promises';
import { join } from 'node:path';
import { expect } from 'chai';
import { renderOverlay, type Overlay } from '../../../checkers/kubernetes/desired/render-overlay.ts';
import type { Declared } from '../../../checkers/kubernetes/desired/parse-manifests.ts';
import { fingerprint } from '../../../src/testing/fingerprint.ts';
import { checkerContext } from '../../support/checker-context.ts';
import { writeTree } from '../../support/kubernetes-sources.ts';
import { needs } from '../../support/skips.ts';

const CONFIG = (name: string): string => `apiVersion: v1\nkind: ConfigMap\nmetadata: {name: ${name}}\n`;

const FILES = {
  'plain/[a]{b}(c)*.yaml': CONFIG('odd-name'),
  'plain/.hidden.yaml': CONFIG('hidden'),
  'plain/.git/x.yaml': CONFIG('of-git'),
  'plain/readme.md': 'x',
  'mixed/loose.yaml': CONFIG('loose'),
  'mixed/built/kustomization.yaml': 'namePrefix: p-\nresources: [one.yaml]\n',
  'mixed/built/one.yaml': CONFIG('one'),
  'mixed/built/beside.yaml': CONFIG('not-built'),
  'reaching/kustomization.yaml': 'configMapGenerator: [{name: c, files: [../secret.txt]}]\n',
  'secret.txt': 'c4n4ry',
};

describe('rendering what a delivery tool is given', () => {
  let source: Awaited<ReturnType<typeof writeTree>>;
  let outside: Awaited<ReturnType<typeof writeTree>>;

  before(async () => {
    source = await writeTree(FILES);
    outside = await writeTree({ 'secret.yaml': CONFIG('c4n4ry') });
    await symlink(join(outside.dir, 'secret.yaml'), join(source.dir, 'plain/link.yaml'));
    await symlink(join(outside.dir, 'secret.yaml'), join(source.dir, 'mixed/link.yaml'));
  });

  after(async () => {
    await source.remove();
    await outside.remove();
  });

  const render = async (overlay: Partial<Overlay>): Promise<Declared> => {
    const context = await checkerContext({ sourceDir: source.dir });
    const before = await fingerprint(source.dir);
    try {
      return await renderOverlay(context, { dir: '.', fields: {}, components: [], loadRestrictions: true, ...overlay });
    } finally {
      expect(await fingerprint(source.dir)).to.deep.equal(before);
      await context.cleanup();
    }
  };
  const names = ({ objects }: Declared): string[] => objects.map(({ object }) => object.metadata.name);
  const refusal = async (overlay: Partial<Overlay>): Promise<string> => {
    try {
      return `rendered ${names(await render(overlay)).join()}`;
    } catch (error) {
      return error instanceof Error ? error.message : String(error);
    }
  };

  it('reads plain manifests whatever their names, and no link out of the source', async () => {
    const declared = await render({ dir: 'plain' });
    expect(names(declared)).to.deep.equal(['odd-name']);
    expect(declared.failures.map(({ reason, message }) => `${reason}: ${message}`)).to.deep.equal([
      'forbidden: plain/link.yaml: a link that leads out of the source',
    ]);
  });

  it('refuses to copy what a link leads out to', async function () {
    needs(this, { kubectl: 'https://kubernetes.io/docs/tasks/tools/' });
    expect(await refusal({ dir: 'mixed' })).to.include('mixed/link.yaml: leads out of the source');
  });

  it('renders kustomizations and loose manifests together, without writing to the source', async function () {
    needs(this, { kubectl: 'https://kubernetes.io/docs/tasks/tools/' });
    await rm(join(source.dir, 'mixed/link.yaml'));
    expect(names(await render({ dir: 'mixed', fields: { nameSuffix: '-s' } })).toSorted()).to.deep.equal([
      'loose-s',
      'p-one-s',
    ]);
  });

  it('keeps kustomize from reading beside a kustomization, unless told otherwise', async function () {
    needs(this, { kubectl: 'https://kubernetes.io/docs/tasks/tools/' });
    expect(await refusal({ dir: 'reaching' })).to.include('security');
    expect(await refusal({ dir: 'reaching', loadRestrictions: false })).to.match(/^rendered c-/);
  });

  for (const dir of ['..', '../..', 'plain/../../x', '/etc']) {
    it(`refuses ${dir}`, async () => {
      expect(await refusal({ dir })).to.match(/leads out of the source|not in the source/);
    });
  }

  it('refuses a component out of the source', async function () {
    needs(this, { kubectl: 'https://kubernetes.io/docs/tasks/tools/' });
    expect(await refusal({ dir: 'mixed/built', components: [`../${outside.dir.split('/').at(-1)}`] })).to.include(
      'leads out of the source',
    );
  });
});

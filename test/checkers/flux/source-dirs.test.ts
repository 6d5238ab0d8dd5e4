import { expect } from 'chai';
import { createSourceDirs } from '../../../checkers/flux/git/source-dirs.ts';
import { checkerContext, type TestContext } from '../../support/checker-context.ts';

const REVISION = '1'.repeat(40);
const OTHER = '2'.repeat(40);
const URL = 'https://git.example.org/team/fleet.git';

/** A GitRepository's spec, and the directory that it stands for, or why it stands for none. */
const REPOSITORIES: readonly (readonly [string, object, string | RegExp])[] = [
  ['the same URL', { url: URL }, '.'],
  ['the same URL without its ending', { url: 'https://git.example.org/team/fleet' }, '.'],
  ['the same URL in other letters and with a slash', { url: 'https://Git.Example.org/team/fleet/' }, '.'],
  ['the same repository over SSH', { url: 'ssh://git@git.example.org/team/fleet.git' }, '.'],
  ['the same repository over SSH with a port', { url: 'ssh://git@git.example.org:22/team/fleet.git' }, '.'],
  ['the same repository as scp writes it', { url: 'git@git.example.org:team/fleet.git' }, '.'],
  ['the same URL with a user', { url: 'https://bot@git.example.org/team/fleet.git' }, '.'],
  ['a branch', { url: URL, ref: { branch: 'main' } }, '.'],
  ['the commit that this source is at', { url: URL, ref: { commit: REVISION } }, '.'],
  ['another commit', { url: URL, ref: { commit: OTHER } }, /is held at 2{40}$/],
  ['a tag', { url: URL, ref: { tag: 'v1.2.3' } }, /follows v1\.2\.3$/],
  ['versions', { url: URL, ref: { semver: '>=1.0.0' } }, /follows >=1\.0\.0$/],
  ['another repository', { url: 'https://git.example.org/team/other.git' }, /is not this source/],
  ['a repository whose name begins so', { url: 'https://git.example.org/team/fleet-two.git' }, /is not this source/],
  ['no URL', {}, /is not this source/],
];

describe('which sources of Flux stand in this source', () => {
  let context: TestContext;

  before(async () => {
    context = await checkerContext({ sourceDir: '/', revision: REVISION });
  });

  after(() => context.cleanup());

  const options = { path: '.', prune: true, load_restrictions: true };
  const reference = { kind: 'GitRepository', name: 'fleet' };

  for (const [title, spec, expected] of REPOSITORIES) {
    it(`${title}: ${String(expected)}`, () => {
      const dirs = createSourceDirs({ ...options, url: URL, sources: {} }, context);
      const metadata = { name: 'fleet', namespace: 'flux-system' };
      dirs.learn([{ apiVersion: 'source.toolkit.fluxcd.io/v1', kind: 'GitRepository', metadata, spec }]);
      const found = dirs.dirOf(reference, 'flux-system');
      if (typeof expected === 'string') expect(found).to.deep.equal({ dir: expected });
      else expect('why' in found ? found.why : found.dir).to.match(expected);
    });
  }

  it('believes what the options say, of any kind of source and in any namespace', () => {
    const dirs = createSourceDirs({ ...options, sources: { 'other/fleet': 'deep' } }, context);
    expect(dirs.dirOf({ ...reference, namespace: 'other' }, 'flux-system')).to.deep.equal({ dir: 'deep' });
    expect(dirs.dirOf({ kind: 'ExternalArtifact', name: 'fleet' }, 'other')).to.deep.equal({ dir: 'deep' });
    expect(dirs.dirOf(reference, 'flux-system')).to.have.property('why');
    expect(dirs.dirOf({}, 'flux-system')).to.have.property('why');
  });
});

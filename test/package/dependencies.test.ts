import { expect } from 'chai';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { broughtBy, readLock } from '../../scripts/dependencies/lock.ts';
import { DEPENDENCIES, DEV_DEPENDENCIES } from '../../scripts/dependencies/reasons.ts';
import { dependenciesPage } from '../../scripts/dependencies/table.ts';

const root = join(import.meta.dirname, '../..');
const lock = readLock(join(root, 'package-lock.json'));
const manifest = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8')) as {
  readonly dependencies: Readonly<Record<string, string>>;
  readonly devDependencies: Readonly<Record<string, string>>;
  readonly allowScripts: Readonly<Record<string, boolean>>;
  readonly scripts: Readonly<Record<string, string>>;
};
const OPEN =
  /^\(?(?:MIT|ISC|Apache-2\.0|BSD-[23]-Clause|0BSD|BlueOak-1\.0\.0|Unlicense|CC0-1\.0|PSF-2\.0|MPL-2\.0)(?: OR CC0-1\.0\))?$/;

describe('the dependencies', () => {
  it('each have a reason, and each reason has its dependency', () => {
    expect(Object.keys(DEPENDENCIES)).to.have.members(Object.keys(manifest.dependencies));
    expect(Object.keys(DEV_DEPENDENCIES)).to.have.members(Object.keys(manifest.devDependencies));
  });

  it('are written down as the lock file has them', () => {
    const page = readFileSync(join(root, 'docs/decisions/dependencies.md'), 'utf8');
    expect(page, 'npm run docs').to.equal(dependenciesPage(lock));
  });

  it('are pinned: exact versions, and a checksum for every package', () => {
    const versions = Object.values({ ...manifest.dependencies, ...manifest.devDependencies });
    expect(versions.filter((version) => !/^\d+\.\d+\.\d+$/.test(version))).to.deep.equal([]);
    const places = Object.entries(lock.packages).filter(([place]) => place !== '');
    expect(
      places.filter(([, { integrity }]) => integrity?.startsWith('sha512-') !== true).map(([place]) => place),
    ).to.deep.equal([]);
    expect(places.filter(([, { resolved }]) => resolved !== undefined && !resolved.startsWith('https:'))).to.deep.equal(
      [],
    );
  });

  it('have open licences', () => {
    const others = Object.entries(lock.packages).filter(
      ([place, { license }]) => place !== '' && !OPEN.test(license ?? ''),
    );
    expect(others.map(([place, { license }]) => `${place}: ${license}`)).to.deep.equal([]);
  });

  it('run no install script but that of the pinned Node.js, and none where the package is installed', () => {
    const withScripts = Object.entries(lock.packages).filter(([, { hasInstallScript }]) => hasInstallScript === true);
    const names = withScripts.map(([place]) => place.replace(/^.*node_modules\//, ''));
    expect(Object.keys(manifest.allowScripts)).to.have.members(names);
    expect(names.filter((name) => manifest.allowScripts[name] === true)).to.deep.equal(['node']);
    const brought = new Set(
      Object.keys(manifest.dependencies).flatMap((name) => [`node_modules/${name}`, ...broughtBy(lock, name)]),
    );
    expect(withScripts.filter(([place]) => brought.has(place))).to.deep.equal([]);
    expect(Object.keys(manifest.scripts).filter((name) => /^(?:pre|post)?install$/.test(name))).to.deep.equal([]);
  });
});

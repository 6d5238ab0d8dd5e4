import { expect } from 'chai';
import { isSameVersion } from '../../../checkers/cluster-api/same-version.ts';

describe('Versions of Kubernetes', () => {
  for (const [desired, live, same] of [
    ['v1.30.2', 'v1.30.2', true],
    ['v1.30.2', '1.30.2', true],
    ['v1.30.2', 'v1.30.3', false],
    ['v1.30.2', 'v1.30.2-eks-3af4770', true],
    ['v1.30.2', 'v1.30.20', false],
    ['v1.30', 'v1.30.9-gke.100', true],
    ['v1.30', 'v1.31.0', false],
    ['v1.30.2+rke2r1', 'v1.30.2+rke2r1', true],
    ['v1.30.2+rke2r1', 'v1.30.2+rke2r2', false],
    ['latest', 'v1.30.2', false],
  ] as const) {
    it(`${live} ${same ? 'is' : 'is not'} what was asked for with ${desired}`, () => {
      expect(isSameVersion(desired, live)).to.equal(same);
    });
  }
});

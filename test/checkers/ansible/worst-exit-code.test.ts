import { expect } from 'chai';
import { worstExitCode } from '../../../checkers/ansible/worst-exit-code.ts';

const CASES: readonly (readonly [title: string, codes: readonly number[], worst: number])[] = [
  ['all well', [0, 0], 0],
  ['failed hosts before playbooks that went well', [0, 2, 0], 2],
  ['unreachable hosts before failed ones', [2, 4, 2], 4],
  ['an error before unreachable hosts', [4, 1, 4], 1],
  ['a code that Ansible does not have before those it has', [2, 250, 0], 250],
  ['the first of two errors', [5, 1], 5],
];

describe('the exit code of several playbooks', () => {
  for (const [title, codes, worst] of CASES) {
    it(`is the worst: ${title}`, () => {
      const isWorst = worstExitCode();
      const reported = codes.map((code) => (isWorst(code) ? code : undefined)); // it remembers what came before
      expect(reported.findLast((code) => code !== undefined)).to.equal(worst);
    });
  }
});

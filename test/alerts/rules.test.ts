import { expect } from 'chai';
import { needs } from '../support/skips.ts';
import { CASES } from './cases/all.ts';
import { failureOfCase } from './rule-case.ts';

for (const [alert, cases] of Map.groupBy(CASES, (given) => given.alert)) {
  describe(`the alert ${alert}`, () => {
    for (const given of cases) {
      it(given.title, async function () {
        needs(this, { promtool: 'apt-get install prometheus' });
        expect(await failureOfCase(given)).to.equal('');
      });
    }
  });
}

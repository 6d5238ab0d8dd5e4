import { fileURLToPath } from 'node:url';
import { expect } from 'chai';
import { terraform } from '../../../checkers/terraform/index.ts';
import { statusOf } from '../../../src/drift.ts';
import { checkerContext, sumOfRun } from '../../support/checker-context.ts';
import { needs } from '../../support/skips.ts';

const sourceDir = fileURLToPath(new URL('../../../examples/terraform', import.meta.url));

describe('the terraform examples', function () {
  before(function () {
    needs(this, { terraform: 'https://developer.hashicorp.com/terraform/install' });
  });

  const examples = [
    { dir: 'in-sync', status: 'in_sync', actions: [], reasons: [] },
    { dir: 'drifted', status: 'drifted', actions: ['update', 'create', 'delete'], reasons: [] },
    { dir: 'failing', status: 'error', actions: [], reasons: ['missing_variable'] },
  ];
  for (const { dir, status, actions, reasons } of examples) {
    it(`${dir} is ${status}`, async () => {
      const context = await checkerContext({ sourceDir });
      try {
        const found = await sumOfRun(terraform, { dir }, context);
        expect(statusOf(found)).to.equal(status);
        expect(found.drift.map(({ action }) => action)).to.deep.equal(actions);
        expect(found.failures.map(({ reason }) => reason)).to.deep.equal(reasons);
      } finally {
        await context.cleanup();
      }
    });
  }
});

import { join } from 'node:path';
import { expect } from 'chai';
import { builtIn } from '../../checkers/index.ts';
import { loadConfig } from '../../src/config/load-config.ts';
import { createRegistry } from '../../src/registry.ts';

const EXAMPLES = join(import.meta.dirname, '../../examples');

/** Which checkers the checks of an example are. */
const CHECKS: Readonly<Record<string, readonly string[]>> = {
  helm: ['helm', 'helm'],
  flux: ['flux', 'flux', 'helm'],
  'argo-cd': ['argo-cd', 'argo-cd', 'argo-cd'],
};

describe('the examples of what delivers to clusters', () => {
  for (const [name, checkers] of Object.entries(CHECKS)) {
    it(`${name}/drift-exporter.yaml loads`, async () => {
      const file = join(EXAMPLES, name, 'drift-exporter.yaml');
      const { config } = await loadConfig(file, { environment: {}, loadCheckers: createRegistry(builtIn) });
      expect(config.checks.map(({ checker }) => checker)).to.deep.equal(checkers);
    });
  }
});

import { globSync } from 'node:fs';
import { join } from 'node:path';
import { expect } from 'chai';
import { builtIn } from '../../checkers/index.ts';
import { loadConfig } from '../../src/config/load-config.ts';
import { createRegistry } from '../../src/registry.ts';

const EXAMPLES = join(import.meta.dirname, '../../examples');

describe('every example configuration', () => {
  for (const file of globSync('*/drift-exporter.yaml', { cwd: EXAMPLES }).toSorted()) {
    it(`loads: ${file}`, async () => {
      const { config } = await loadConfig(join(EXAMPLES, file), {
        environment: {},
        loadCheckers: createRegistry(builtIn),
      });
      expect(config.checks).not.to.deep.equal([]);
    });
  }
});

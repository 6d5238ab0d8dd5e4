import { expect } from 'chai';
import { builtIn } from '../../checkers/index.ts';
import type { StoreConfig } from '../../src/config/config.ts';
import { parseConfig } from '../../src/config/load-config.ts';
import { createRegistry } from '../../src/registry.ts';

const URL_TEXT = 'postgres://drift:p%40ss@db.example.org:5432/drift?sslmode=verify-full';

const CASES: Readonly<Record<string, { readonly store: string; readonly means: StoreConfig }>> = {
  'a file beside the configuration, unless told otherwise': {
    store: '{}',
    means: { kind: 'sqlite', path: '/etc/drift/data/drift.db' },
  },
  'a file, by its path': {
    store: '{ path: /var/lib/drift.db }',
    means: { kind: 'sqlite', path: '/var/lib/drift.db' },
  },
  'a database, by its URL': {
    store: `{ url: '${URL_TEXT}' }`,
    means: { kind: 'postgres', url: URL_TEXT },
  },
  'a database, by a URL with a password from the environment': {
    store: `{ url: 'postgresql://drift:\${PASSWORD}@db.example.org/drift' }`,
    means: { kind: 'postgres', url: 'postgresql://drift:from-environment@db.example.org/drift' },
  },
  'a database, by a URL in a file that is not read yet': {
    store: '{ url_file: secrets/database, retention: 30d }',
    means: { kind: 'postgres', url: { file: '/etc/drift/secrets/database' } },
  },
};

describe('the store in a configuration', () => {
  for (const [name, { store, means }] of Object.entries(CASES))
    it(`is ${name}`, async () => {
      const { config } = await parseConfig(`store: ${store}`, {
        file: '/etc/drift/drift-exporter.yaml',
        environment: { PASSWORD: 'from-environment' },
        loadCheckers: createRegistry(builtIn),
      });
      expect(config.store).to.deep.equal(means);
    });
});

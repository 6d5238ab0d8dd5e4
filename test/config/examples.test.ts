import { expect } from 'chai';
import { load } from 'js-yaml';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { builtIn } from '../../checkers/index.ts';
import { configJsonSchema } from '../../src/config/json-schema.ts';
import { loadConfig, type LoadedConfig } from '../../src/config/load-config.ts';
import { createRegistry } from '../../src/registry.ts';

const root = join(import.meta.dirname, '../..');
const example = (file: string): Promise<LoadedConfig> =>
  loadConfig(join(root, 'examples', file), { environment: {}, loadCheckers: createRegistry(builtIn) });

interface Schema {
  readonly properties?: Readonly<Record<string, Schema>>;
  readonly items?: Schema;
  readonly anyOf?: readonly Schema[];
}

/** Every path of keys a schema allows, lists left out. */
const keysOf = (schema: Schema, at = ''): string[] => [
  ...Object.entries(schema.properties ?? {}).flatMap(([key, inner]) => [
    `${at}/${key}`,
    ...keysOf(inner, `${at}/${key}`),
  ]),
  ...(schema.items === undefined ? [] : keysOf(schema.items, at)),
  ...(schema.anyOf ?? []).flatMap((inner) => keysOf(inner, at)),
];

const usedKeys = (value: unknown, at = ''): string[] => {
  if (Array.isArray(value)) return value.flatMap((item) => usedKeys(item, at));
  if (typeof value !== 'object' || value === null) return [];
  return Object.entries(value).flatMap(([key, inner]) => [`${at}/${key}`, ...usedKeys(inner, `${at}/${key}`)]);
};

/** Keys that exclude one another: one stands there, the others in the comment behind it. */
function isShownBeside(key: string, text: string): boolean {
  const [, , name] = key.split('/');
  return key.startsWith('/store/') && new RegExp(`#.* ${name}: `).test(text);
}

describe('the examples', () => {
  it('reference.yaml loads', async () => {
    const { config } = await example('reference.yaml');
    expect(config.checks).to.have.length(2);
  });

  it('reference.yaml shows every key there is', () => {
    const text = readFileSync(join(root, 'examples/reference.yaml'), 'utf8');
    const used = new Set(usedKeys(load(text)));
    const missing = keysOf(configJsonSchema([]) as Schema).filter((key) => !used.has(key) && !isShownBeside(key, text));
    expect(missing).to.deep.equal([]);
  });

  it('drift-exporter.yaml, which npm start serves, loads', async () => {
    const { config } = await example('drift-exporter.yaml');
    expect(config.checks.length).to.be.above(3);
  });

  for (const [file, discoveries, checks] of [
    ['discovery/clusters.yaml', 2, 1],
    ['discovery/terraform.yaml', 2, 0],
  ] as const) {
    it(`${file} loads`, async () => {
      const { config } = await example(file);
      expect([config.discover.length, config.checks.length]).to.deep.equal([discoveries, checks]);
    });
  }

  it('drift-exporter.schema.json is what `drift-exporter schema` prints (npm run docs writes it)', () => {
    const written: unknown = JSON.parse(readFileSync(join(root, 'drift-exporter.schema.json'), 'utf8'));
    expect(written).to.deep.equal(JSON.parse(JSON.stringify(configJsonSchema(builtIn))));
  });
});

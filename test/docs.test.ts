import { expect } from 'chai';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { builtIn } from '../checkers/index.ts';
import { configurationReference, metricsReference } from '../scripts/reference.ts';
import { configJsonSchema } from '../src/config/json-schema.ts';

const doc = (file: string): string => readFileSync(join(import.meta.dirname, '../docs', file), 'utf8');

describe('the documentation agrees with the code (npm run docs writes it)', () => {
  it('docs/metrics.md', () => {
    expect(doc('metrics.md')).to.equal(metricsReference());
  });
  it('docs/configuration.md', () => {
    expect(doc('configuration.md')).to.equal(configurationReference(configJsonSchema(builtIn)));
  });
});

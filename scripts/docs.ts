/** Writes what is made from the code: `npm run docs`. A test compares. */
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { builtIn } from '../checkers/index.ts';
import { configJsonSchema } from '../src/config/json-schema.ts';
import { configurationReference, metricsReference } from './reference.ts';

const root = join(import.meta.dirname, '..');
const schema = configJsonSchema(builtIn);
writeFileSync(join(root, 'drift-exporter.schema.json'), `${JSON.stringify(schema, null, 2)}\n`);
writeFileSync(join(root, 'docs/metrics.md'), metricsReference());
writeFileSync(join(root, 'docs/configuration.md'), configurationReference(schema));

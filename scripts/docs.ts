/** Writes what is made from the code: `npm run docs`. A test compares. */
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { builtIn } from '../checkers/index.ts';
import { configJsonSchema } from '../src/config/json-schema.ts';
import { readLock } from './dependencies/lock.ts';
import { dependenciesPage } from './dependencies/table.ts';
import { configurationReference, metricsReference } from './reference.ts';

const root = join(import.meta.dirname, '..');
const schema = configJsonSchema(builtIn);
writeFileSync(join(root, 'drift-exporter.schema.json'), `${JSON.stringify(schema, null, 2)}\n`);
writeFileSync(join(root, 'docs/metrics.md'), metricsReference());
writeFileSync(join(root, 'docs/configuration.md'), configurationReference(schema));
const lock = readLock(join(root, 'package-lock.json'));
writeFileSync(join(root, 'docs/decisions/dependencies.md'), dependenciesPage(lock));

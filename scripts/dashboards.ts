/** Writes the dashboards: `npm run dashboards`. A test compares. */
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { dashboardFiles } from './dashboards/dashboard-files.ts';

for (const [name, text] of dashboardFiles()) writeFileSync(join(import.meta.dirname, '../dashboards', name), text);

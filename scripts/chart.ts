/** Copies into the Helm chart what it shares with other deployments: `npm run chart`. A test compares. */
import { copyFileSync, globSync } from 'node:fs';
import { basename, join } from 'node:path';

const root = join(import.meta.dirname, '..');
const files = join(root, 'deploy/helm/drift-exporter/files');

/** A chart cannot read files outside it. */
export const CHART_SOURCES: readonly string[] = [
  'alerts/drift-exporter.rules.yaml',
  'deploy/kubernetes/rbac.yaml',
  ...globSync('dashboards/*.json', { cwd: root }).toSorted(),
];

if (import.meta.main) {
  for (const source of CHART_SOURCES) copyFileSync(join(root, source), join(files, basename(source)));
}

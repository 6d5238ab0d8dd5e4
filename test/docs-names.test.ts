import { expect } from 'chai';
import { globSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { RUN_DURATION } from '../src/metrics/exposition.ts';
import { METRICS } from '../src/metrics/table.ts';
import { FAILURE_REASONS } from '../src/drift.ts';

const ROOT = join(import.meta.dirname, '..');
const read = (file: string): string => readFileSync(join(ROOT, file), 'utf8');

const metrics = new Set([...METRICS, RUN_DURATION].map(({ name }) => name));
const alerts = new Set(
  [...read('alerts/drift-exporter.rules.yaml').matchAll(/^\s*- alert: (\w+)$/gm)].map(([, name]) => name!),
);

/** Beginnings of names, as in `drift_check_*`, and what rules record. */
const isMetric = (name: string): boolean =>
  metrics.has(name.replace(/_(bucket|sum|count)$/, '')) ||
  (name.endsWith('_') && [...metrics].some((known) => known.startsWith(name)));

for (const page of ['README.md', ...globSync('docs/*.md', { cwd: ROOT }).toSorted()]) {
  describe(page, () => {
    it('names only metrics that there are', () => {
      const named = [...read(page).matchAll(/(?<![\w:/-])drift_(?:check|resource|source|ignore_rule|exporter)_\w+/g)];
      expect(named.map(([name]) => name).filter((name) => !isMetric(name))).to.deep.equal([]);
    });
    it('names only alerts that there are', () => {
      const named = [
        ...read(page).matchAll(/\b(?:Drift|IgnoreRule|Source|Exporter|ConfigReload|Queue|Store|Unapplied)[A-Z]\w+/g),
      ];
      expect(named.map(([name]) => name).filter((name) => !alerts.has(name))).to.deep.equal([]);
    });
  });
}

describe('docs/operations.md', () => {
  it('says what to do for every failure reason', () => {
    const rows = [...read('docs/operations.md').matchAll(/^\| `(\w+)` \|/gm)].map(([, reason]) => reason!);
    expect(rows).to.have.members([...FAILURE_REASONS]);
  });
});

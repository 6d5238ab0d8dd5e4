import { Ajv } from 'ajv';
import { expect } from 'chai';
import { execFileSync } from 'node:child_process';
import { globSync, readFileSync } from 'node:fs';
import { basename, join } from 'node:path';
import { load } from 'js-yaml';
import { CHART_SOURCES } from '../../scripts/chart.ts';
import { programOnPath, skipOptional } from '../support/skips.ts';
import { itDeploys, parseObjects, type Objects } from './deployment.ts';

const ROOT = join(import.meta.dirname, '../..');
const CHART = join(ROOT, 'deploy/helm/drift-exporter');
const EVERY_VALUE = join(import.meta.dirname, 'fixtures/every-value.yaml');

const read = (file: string): string => readFileSync(join(CHART, file), 'utf8');
const templates = globSync('templates/*', { cwd: CHART }).toSorted();
const values = load(read('values.yaml')) as Record<string, unknown>;

/** `image.tag`, `resources`: the paths of the values themselves; what users fill with their own keys is one value. */
function valuePaths(value: unknown, at = ''): readonly string[] {
  const entries = typeof value === 'object' && value !== null && !Array.isArray(value) ? Object.entries(value) : [];
  if (entries.length === 0 || ['config', 'resources', 'dashboards.labels'].includes(at)) return [at];
  return entries.flatMap(([key, item]) => valuePaths(item, at === '' ? key : `${at}.${key}`));
}

describe('the Helm chart', () => {
  it('is of the version of the package', () => {
    const { version } = JSON.parse(readFileSync(join(ROOT, 'package.json'), 'utf8')) as { version: string };
    expect(load(read('Chart.yaml'))).to.include({ name: 'drift-exporter', version, appVersion: version });
  });

  it('carries copies of what it shares with other deployments (npm run chart writes them)', () => {
    for (const source of CHART_SOURCES) {
      expect(read(`files/${basename(source)}`), source).to.equal(readFileSync(join(ROOT, source), 'utf8'));
    }
    expect(globSync('files/*', { cwd: CHART })).to.have.length(CHART_SOURCES.length);
  });

  it('uses every value there is, and no other', () => {
    const used = templates.flatMap((file) => [...read(file).matchAll(/\.Values\.([\w.]+)/g)].map(([, path]) => path!));
    const there = valuePaths(values);
    expect(there.filter((path) => !used.some((use) => path === use || path.startsWith(`${use}.`)))).to.deep.equal([]);
    const known = (use: string): boolean => there.some((path) => path === use || path.startsWith(`${use}.`));
    expect(used.filter((use) => !known(use) && !use.startsWith('config.'))).to.deep.equal([]);
  });

  it('accepts its own values and those of the tests, and no key it does not know', () => {
    const validate = new Ajv({ strict: true, allowUnionTypes: true }).compile(
      JSON.parse(read('values.schema.json')) as object,
    );
    const errors = (given: unknown): readonly string[] =>
      validate(given) ? [] : validate.errors!.map(({ instancePath, message }) => `${instancePath} ${message}`);
    expect(errors(values)).to.deep.equal([]);
    expect(errors(load(readFileSync(EVERY_VALUE, 'utf8')))).to.deep.equal([]);
    expect(errors({ replicas: 3 })).to.deep.equal([' must NOT have additional properties']);
    expect(
      errors({ rbac: { extraRules: [{ apiGroups: [''], resources: ['pods'], verbs: ['delete'] }] } }),
    ).to.deep.equal(['/rbac/extraRules/0/verbs/0 must be equal to one of the allowed values']);
    expect(errors({ image: { repository: 'x', digest: 'sha256:short' } })).to.have.length(1);
  });

  for (const file of templates) {
    it(`closes what ${file} opens`, () => {
      const text = read(file);
      expect(text.split('{{').length, 'delimiters').to.equal(text.split('}}').length);
      const actions = [...text.matchAll(/\{\{-?\s*(\w+)?/g)].map(([, word]) => word);
      const opened = actions.filter((word) => ['if', 'with', 'range', 'define', 'block'].includes(word ?? ''));
      expect(actions.filter((word) => word === 'end')).to.have.length(opened.length);
      const included = [...text.matchAll(/include "([^"]+)"/g)].map(([, name]) => name!);
      for (const name of included) expect(read('templates/_helpers.tpl')).to.include(`define "${name}"`);
    });
  }
});

for (const [title, args, operator] of [
  ['as it comes', [], false],
  ['with every value', ['--values', EVERY_VALUE], true],
] as const) {
  describe(`helm template, ${title}`, function () {
    let objects: Objects;
    before(function () {
      if (programOnPath('helm') === undefined) skipOptional(this, 'helm is not on PATH (https://helm.sh)');
      const out = execFileSync('helm', ['template', 'demo', CHART, '--namespace', 'monitoring', ...args], {
        encoding: 'utf8',
        maxBuffer: 16 * 1024 * 1024,
      });
      objects = parseObjects(out);
    });
    itDeploys(() => objects, { operator });

    it('passes helm lint', () => {
      execFileSync('helm', ['lint', '--strict', CHART, ...args], { stdio: 'pipe' });
    });
  });
}

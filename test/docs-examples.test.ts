import { expect } from 'chai';
import { globSync, readFileSync } from 'node:fs';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { load } from 'js-yaml';
import { builtIn } from '../checkers/index.ts';
import { loadConfig } from '../src/config/load-config.ts';
import { createRegistry } from '../src/registry.ts';

interface Example {
  readonly sources?: readonly { readonly name: string }[];
  readonly checks?: readonly { readonly name: string; readonly source?: string }[];
  readonly discover?: readonly unknown[];
}

const ROOT = join(import.meta.dirname, '..');
const pages = globSync(['README.md', 'docs/*.md', 'checkers/*/README.md'], { cwd: ROOT }).toSorted();

/** The examples of a page that hold checks; sources that they only name are made up. */
function examplesOf(page: string): readonly Example[] {
  const text = readFileSync(join(ROOT, page), 'utf8');
  const blocks = [...text.matchAll(/^```ya?ml\n([\s\S]*?)^```/gm)].map(([, yaml = '']) => load(yaml) as Example);
  return blocks
    .filter((block) => Array.isArray(block?.checks) || Array.isArray(block?.discover))
    .map((block) => {
      const known = new Set((block.sources ?? []).map(({ name }) => name));
      const named = new Set((block.checks ?? []).map(({ source }) => source).filter((name) => name !== undefined));
      const missing = [...named].filter((name) => !known.has(name)).map((name) => ({ name, directory: '.' }));
      return { ...block, sources: [...(block.sources ?? []), ...missing] };
    });
}

describe('examples of configurations in the documentation', () => {
  let dir: string;
  before(async () => {
    dir = await mkdtemp(join(tmpdir(), 'drift-docs-'));
  });
  after(() => rm(dir, { recursive: true }));

  for (const page of pages) {
    for (const [index, example] of examplesOf(page).entries()) {
      it(`are valid: ${page}, number ${index + 1}`, async () => {
        const file = join(dir, 'drift-exporter.yaml');
        await writeFile(file, JSON.stringify(example));
        const { config } = await loadConfig(file, { environment: {}, loadCheckers: createRegistry(builtIn) });
        expect(config.checks).to.have.length(example.checks?.length ?? 0);
      });
    }
  }
});

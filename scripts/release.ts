/**
 * Makes what a release consists of, and publishes nothing: `npm run release -- [--out DIR] [--skip-checks]`.
 * From a clean tree: the checks, the package packed twice (both must have the same bytes), its bills of materials, a
 * statement of what was made from which commit, and checksums of them all.
 */
import { execFileSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { chmodSync, lstatSync, mkdirSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { parseArgs } from 'node:util';
import { buildStatement } from './release/build-statement.ts';
import { materials } from './release/materials.ts';

const root = join(import.meta.dirname, '..');
const { values } = parseArgs({
  options: { out: { type: 'string', default: 'release' }, 'skip-checks': { type: 'boolean', default: false } },
});
const out = resolve(values.out);

const run = (program: string, ...args: string[]): string =>
  execFileSync(program, args, {
    cwd: root,
    encoding: 'utf8',
    stdio: ['ignore', 'pipe', 'inherit'],
    maxBuffer: 2 ** 28,
  });
const sha256 = (file: string): string => createHash('sha256').update(readFileSync(file)).digest('hex');

const changed = run('git', 'status', '--porcelain').trim();
if (changed !== '') fail(`the tree is not clean; commit or remove:\n${changed}`);
const commit = run('git', 'rev-parse', 'HEAD').trim();
const committedAt = new Date(Number(run('git', 'log', '-1', '--format=%ct').trim()) * 1000).toISOString();
if (!values['skip-checks']) execFileSync('npm', ['run', '-s', 'check'], { cwd: root, stdio: 'inherit' });

ordinaryModes();
rmSync(out, { recursive: true, force: true });
mkdirSync(out, { recursive: true });
const first = pack();
renameSync(first, `${first}.first`);
const tarball = pack();
if (sha256(tarball) !== sha256(`${first}.first`)) fail('two packs of the same commit have different bytes');
rmSync(`${first}.first`);

const digest = sha256(tarball);
for (const format of ['cyclonedx', 'spdx'] as const) {
  const sbom = run('npm', 'sbom', '--package-lock-only', '--omit', 'dev', '--sbom-format', format);
  write(`sbom.${format}.json`, materials(format, JSON.parse(sbom) as object, { digest, committedAt }));
}
write(
  'provenance.intoto.json',
  buildStatement({
    subject: { name: fileName(tarball), digest },
    source: { commit, repository: repositoryOf(), lockDigest: sha256(join(root, 'package-lock.json')) },
    builtAt: committedAt,
    node: process.version,
  }),
);
const files = [fileName(tarball), 'sbom.cyclonedx.json', 'sbom.spdx.json', 'provenance.intoto.json'];
writeFileSync(join(out, 'SHA256SUMS'), files.map((name) => `${sha256(join(out, name))}  ${name}\n`).join(''));
process.stdout.write(`${tarball}\n${readFileSync(join(out, 'SHA256SUMS'), 'utf8')}`);

/** A package carries the modes of its files: they are git's, whatever umask the tree was checked out with. */
function ordinaryModes(): void {
  process.umask(0o022);
  for (const entry of run('git', 'ls-files', '-s', '-z').split('\0')) {
    const [mode = '', file] = entry.split(/ [0-9a-f]+ \d\t/);
    if (file !== undefined && lstatSync(join(root, file)).isFile())
      chmodSync(join(root, file), mode === '100755' ? 0o755 : 0o644);
  }
}

/** Builds and packs; returns the tarball. */
function pack(): string {
  const packed = run('npm', 'pack', '--json', '--pack-destination', out);
  const [{ filename } = { filename: '' }] = JSON.parse(packed) as { readonly filename: string }[];
  return join(out, filename);
}

function write(name: string, document: object): void {
  writeFileSync(join(out, name), `${JSON.stringify(document, null, 2)}\n`);
}

function fileName(path: string): string {
  return path.slice(out.length + 1);
}

function repositoryOf(): string | undefined {
  try {
    const url = execFileSync('git', ['remote', 'get-url', 'origin'], { cwd: root, encoding: 'utf8', stdio: 'pipe' });
    return url.trim().replace(/\/\/[^/@]*@/, '//');
  } catch {
    return undefined; // a tree without a remote
  }
}

function fail(message: string): never {
  process.stderr.write(`release: ${message}\n`);
  process.exit(1);
}

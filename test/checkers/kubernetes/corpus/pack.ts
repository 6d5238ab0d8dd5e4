import { readdir, readFile, writeFile } from 'node:fs/promises';
import path from 'node:path';
import process from 'node:process';
import { brotliCompressSync, constants } from 'node:zlib';

/** Packs a directory with `cases/`, `recordings/` and `setup/` into the bundle that test/support/kubernetes-corpus.ts reads. */
const [directory, file = 'corpus.json.br'] = process.argv.slice(2);
if (directory === undefined) throw new Error('usage: node pack.ts DIRECTORY [FILE]');

const cases = [];
for (const id of (await readdir(path.join(directory, 'cases'))).sort()) {
  const folder = path.join(directory, 'cases', id);
  const verdict = JSON.parse(await readFile(path.join(folder, 'case.json'), 'utf8')) as object;
  const mutate = await readFile(path.join(folder, 'mutate.sh'), 'utf8');
  cases.push({ ...verdict, git: await textsBelow(path.join(folder, 'git')), mutate });
}
const bundle = {
  cases,
  recordings: await textsBelow(path.join(directory, 'recordings')),
  setup: await textsBelow(path.join(directory, 'setup')),
};
const json = Buffer.from(JSON.stringify(bundle));
const packed = brotliCompressSync(json, {
  params: { [constants.BROTLI_PARAM_LGWIN]: 24, [constants.BROTLI_PARAM_SIZE_HINT]: json.length },
});
await writeFile(new URL(file, import.meta.url), packed);

async function textsBelow(folder: string): Promise<Record<string, string>> {
  const texts: Record<string, string> = {};
  for (const entry of await readdir(folder, { recursive: true, withFileTypes: true })) {
    if (!entry.isFile()) continue;
    const file = path.join(entry.parentPath, entry.name);
    texts[path.relative(folder, file).split(path.sep).join('/')] = await readFile(file, 'utf8');
  }
  return texts;
}

import { readFile } from 'node:fs/promises';

/** Which apiVersion a manifest's document declares, by file and 1-based line; undefined where it cannot be told. */
export type ApiVersionAt = (origin: { readonly file: string; readonly line?: number }) => string | undefined;

/** Reads the files once. A file that is gone tells nothing. */
export async function readApiVersions(
  files: Iterable<string>,
  pathOf: (file: string) => string,
): Promise<ApiVersionAt> {
  const texts = new Map<string, readonly string[]>();
  for (const file of files) {
    const text = await readFile(pathOf(file), 'utf8').catch(() => '');
    texts.set(file, text.split('\n'));
  }
  return ({ file, line = 1 }) => {
    const lines = (texts.get(file) ?? []).slice(line - 1);
    const end = lines.findIndex((one, index) => index > 0 && one.startsWith('---'));
    const document = lines.slice(0, end === -1 ? undefined : end).join('\n');
    return /^[\s-]*["']?apiVersion["']?\s*:\s*["']?([\w./-]+)/m.exec(document)?.[1];
  };
}

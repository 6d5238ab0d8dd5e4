import { readFile } from 'node:fs/promises';
import { promisify } from 'node:util';
import { brotliDecompress } from 'node:zlib';
import type { KubeApiServer } from './kube-apiserver.ts';
import { untilCrdsServed } from './until-crds-served.ts';

/** Installs CustomResourceDefinitions from a packed file, and waits until they are served, listed and documented. */
export async function installCrds(server: KubeApiServer, packed: URL): Promise<void> {
  const json = (await promisify(brotliDecompress)(await readFile(packed))).toString('utf8');
  const texts = Object.values(JSON.parse(json) as Readonly<Record<string, string>>);
  // Client-side apply would keep a copy of each in an annotation, which is too large for some.
  await server.kubectl(['create', '-f', '-'], { input: texts.join('\n---\n') });
  await untilCrdsServed(server);
}

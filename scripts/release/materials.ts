import { createHash } from 'node:crypto';

/** npm's bill of materials with nothing in it that is another each time it is made: the same commit, the same bytes. */
export function materials(
  format: 'cyclonedx' | 'spdx',
  sbom: object,
  made: { readonly digest: string; readonly committedAt: string },
): object {
  const id = uuidOf(`${format} ${made.digest}`);
  if (format === 'cyclonedx') {
    const { metadata } = sbom as { readonly metadata?: object };
    return { ...sbom, serialNumber: `urn:uuid:${id}`, metadata: { ...metadata, timestamp: made.committedAt } };
  }
  const { creationInfo, name = 'drift-exporter' } = sbom as { readonly creationInfo?: object; readonly name?: string };
  const documentNamespace = `https://spdx.org/spdxdocs/${name.replaceAll(/[^\w.@-]/g, '-')}-${id}`;
  return { ...sbom, documentNamespace, creationInfo: { ...creationInfo, created: made.committedAt } };
}

function uuidOf(text: string): string {
  const hex = createHash('sha256').update(text).digest('hex');
  return [hex.slice(0, 8), hex.slice(8, 12), `8${hex.slice(13, 16)}`, `a${hex.slice(17, 20)}`, hex.slice(20, 32)].join(
    '-',
  );
}

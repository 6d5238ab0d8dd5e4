import { basename } from 'node:path';
import type { ParityRow } from '../diff/render-parity.ts';

/** Images whose label differs between two environments, by name: `[source, target]`. */
export type ImageDifferences = Readonly<Record<string, readonly [source: string, target: string]>>;

/** As compare-images found them: of objects that both have, images of the same name with another label. */
export function imageDifferences(rows: readonly ParityRow[]): ImageDifferences {
  const found = new Map<string, readonly [string, string]>();
  for (const own of Map.groupBy(rows, ({ address }) => address).values()) {
    const left = imagesOf(own, 'left');
    const right = imagesOf(own, 'right');
    for (const [name, label] of left) {
      const other = right.get(name);
      if (other !== undefined && other !== label) found.set(name, [label, other]);
    }
  }
  return Object.fromEntries([...found].sort(([a], [b]) => (a < b ? -1 : 1)));
}

function imagesOf(rows: readonly ParityRow[], side: 'left' | 'right'): ReadonlyMap<string, string> {
  const images = rows.flatMap((row) => {
    const value = row[side];
    return value?.kind === 'known' && typeof value.value === 'string' ? [value.value] : [];
  });
  return new Map(images.map(splitImage));
}

/** A colon before a slash is that of a port; kubediff took it for the label's. */
function splitImage(image: string): readonly [name: string, label: string] {
  const at = image.lastIndexOf(':');
  return at > image.lastIndexOf('/') ? [image.slice(0, at), image.slice(at + 1)] : [image, 'latest'];
}

/** The table as Python's tabulate prints it, or JSON on one line. */
export function renderImages(
  differences: ImageDifferences,
  { source, target, format }: { readonly source: string; readonly target: string; readonly format: string | undefined },
): string {
  if (format === 'json') return `${JSON.stringify(differences)}\n`;
  const head = ['Image', basename(source.replace(/\/+$/, '')), basename(target.replace(/\/+$/, ''))];
  const rows = Object.entries(differences).map(([image, labels]) => [image, ...labels]);
  const widths = head.map((cell, column) => Math.max(cell.length, ...rows.map((row) => row[column]?.length ?? 0)));
  const rule = widths.map((width) => '-'.repeat(width));
  return [head, rule, ...rows]
    .map(
      (row) =>
        `${row
          .map((cell, column) => cell.padEnd(widths[column] ?? 0))
          .join('  ')
          .trimEnd()}\n`,
    )
    .join('');
}

/**
 * A unified diff whose hunks say how long they are. Chef's differ counts a line too many where the end of the file is in
 * a hunk, and readers of patches refuse such a diff.
 */
export function countedHunks(diff: string): string {
  const lines = diff.split('\n');
  return lines
    .map((line, index) => (line.startsWith('@@ ') ? counted(line, hunkAfter(lines, index)) : line))
    .join('\n');
}

function hunkAfter(lines: readonly string[], header: number): readonly string[] {
  const next = lines.findIndex((line, index) => index > header && !/^[ +\\-]/.test(line));
  return lines.slice(header + 1, next === -1 ? lines.length : next);
}

function counted(header: string, hunk: readonly string[]): string {
  const count = (other: '+' | '-'): number =>
    hunk.filter((line) => !line.startsWith(other) && !line.startsWith('\\')).length;
  return header.replace(
    /^@@ -(\d+)(?:,\d+)? \+(\d+)(?:,\d+)? @@/,
    (_, live: string, desired: string) => `@@ -${live},${count('+')} +${desired},${count('-')} @@`,
  );
}

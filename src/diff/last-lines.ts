/**
 * The last lines of what a program said, up to a number of characters. A line is never cut at its front: `password=`
 * could go and what follows it stay, which nobody would know for a secret any more.
 */
export function lastLines(text: string, limit: { readonly lines: number; readonly characters: number }): string {
  const { characters } = limit;
  const kept: string[] = [];
  let left = characters;
  for (const line of text.trimEnd().split('\n').slice(-limit.lines).toReversed()) {
    if (line.length > left && kept.length > 0) break;
    kept.unshift(line.slice(0, left));
    left -= line.length + 1;
  }
  return kept.join('\n');
}

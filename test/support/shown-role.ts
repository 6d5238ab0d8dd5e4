import { readFile } from 'node:fs/promises';

/** The ClusterRole that a checker's page shows. */
export async function shownRole(checker: string): Promise<string> {
  const page = await readFile(new URL(`../../checkers/${checker}/README.md`, import.meta.url), 'utf8');
  const blocks = Array.from(page.matchAll(/^```yaml\n([\s\S]*?)^```/gm), ([, block = '']) => block);
  const role = blocks.find((block) => block.includes('kind: ClusterRole'));
  if (role === undefined) throw new Error(`checkers/${checker}/README.md shows no ClusterRole`);
  return role;
}

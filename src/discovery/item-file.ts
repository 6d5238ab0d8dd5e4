import { createHash, randomUUID } from 'node:crypto';
import { mkdir, readFile, rename, rm, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import type { Logger } from 'pino';
import { z } from 'zod';
import type { DiscoveredItem } from '../checker.ts';
import type { DiscoveryConfig } from '../config/config.ts';

/** What was found, kept over restarts: a start while the API is away goes on with the checks of before. */
export interface ItemFile {
  /** Nothing when the file is not there, is of another definition, or cannot be read (and the log says so). */
  read(discovery: DiscoveryConfig): Promise<KnownItems | undefined>;
  write(discovery: DiscoveryConfig, known: KnownItems): Promise<void>;
}

export interface KnownItems {
  readonly items: readonly DiscoveredItem[];
  /** ISO 8601 start of the look that found them. */
  readonly succeededAt?: string;
}

const schema = z.strictObject({
  definition: z.string(),
  succeededAt: z.string().optional(),
  items: z.array(
    z.strictObject({ id: z.string(), group: z.string().optional(), values: z.record(z.string(), z.json()) }),
  ),
});

/** `directory`: where the files lie, one for each discovery. Failing to read or write one is logged. */
export function createItemFile(directory: string, log: Logger): ItemFile {
  const fileOf = ({ name }: DiscoveryConfig): string => join(directory, `${name}.json`);
  return {
    read: async (discovery) => {
      try {
        const parsed = schema.parse(JSON.parse(await readFile(fileOf(discovery), 'utf8')));
        const { definition, items, succeededAt } = parsed;
        if (definition !== definitionOf(discovery)) return undefined;
        return { items: items as readonly DiscoveredItem[], ...(succeededAt !== undefined && { succeededAt }) };
      } catch (error) {
        if ((error as NodeJS.ErrnoException).code !== 'ENOENT')
          log.warn({ discovery: discovery.name, error: String(error) }, 'what was discovered before cannot be read');
        return undefined;
      }
    },
    write: async (discovery, known) => {
      const file = fileOf(discovery);
      const temporary = `${file}.${randomUUID()}`;
      try {
        await mkdir(dirname(file), { recursive: true, mode: 0o700 });
        await writeFile(temporary, JSON.stringify({ definition: definitionOf(discovery), ...known }), { mode: 0o600 });
        await rename(temporary, file);
      } catch (error) {
        log.warn({ discovery: discovery.name, error: String(error) }, 'what was discovered cannot be kept');
        await rm(temporary, { force: true }).catch(() => undefined); // what keeps it from being written may keep it from going
      }
    },
  };
}

/** What decides which items there are: not the templates. */
export function definitionOf({ discoverer, source, options }: DiscoveryConfig): string {
  return createHash('sha256')
    .update(JSON.stringify([discoverer, source, options]))
    .digest('hex');
}

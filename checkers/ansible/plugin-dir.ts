import { existsSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { CheckError } from '../../src/checker.ts';

export const CALLBACK_NAME = 'drift_exporter';

/** The folder of drift_exporter.py: beside this module, or, in the built package, in its `checkers/ansible`. */
export function pluginDir(start: string = dirname(fileURLToPath(import.meta.url))): string {
  for (let dir = start; ; dir = dirname(dir)) {
    for (const candidate of [dir, join(dir, 'checkers', 'ansible')]) {
      if (existsSync(join(candidate, `${CALLBACK_NAME}.py`))) return candidate;
    }
    if (dir === dirname(dir)) {
      throw new CheckError('internal', `${CALLBACK_NAME}.py is not in ${start} nor in checkers/ansible above it`);
    }
  }
}

import { expect } from 'chai';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { configDir, eventually, startService } from './support/service.ts';

const CONFIG = `checks:
  - { name: same, checker: command, options: { command: ['true'] } }
  - { name: drifted, checker: command, options: { command: ['false'], exit_codes: { drifted: [1] } } }
`;

describe('docs/operations.md', () => {
  it('counts the series of a check as they are', async () => {
    const text = readFileSync(join(import.meta.dirname, '../docs/operations.md'), 'utf8');
    const [, least, most] = /^\| each check \| (\d+) to (\d+) \|$/m.exec(text)!.map(Number);
    const perResource = Number(/^\| each drifted resource.*\| (\d+) \|$/m.exec(text)?.[1]);
    const dir = await configDir(CONFIG);
    try {
      const service = await startService(dir.file);
      const metrics = await eventually(async () => {
        const seen = await service.metrics();
        return (
          /runs_total\{check="same",status="in_sync"\} 1/.test(seen) && /drifted_since.*"drifted"/.test(seen) && seen
        );
      });
      const seriesOf = (check: string): number =>
        metrics.match(new RegExp(`^\\w+\\{check="${check}".*$`, 'gm'))!.length;
      expect(seriesOf('same')).to.be.within(least!, most!);
      expect(seriesOf('drifted') - perResource).to.be.within(least!, most!);
      await service.end('SIGTERM');
    } finally {
      await dir.remove();
    }
  });
});

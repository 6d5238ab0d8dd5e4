import { pid, umask } from 'node:process';
import type { Logger } from 'pino';
import type { Exec } from './exec.ts';

/**
 * What this process and everything it starts may do: files for its user alone unless they say otherwise, and no core
 * dumps, which would put the secrets in its memory on a disk. Logs when the machine has no means for that.
 */
export async function hardenProcess(exec: Exec, log: Logger): Promise<void> {
  umask(0o077);
  try {
    await exec('prlimit', ['--core=0:0', '--pid', String(pid)], { cwd: '/' });
  } catch (error) {
    log.info({ error: String(error) }, 'core dumps cannot be switched off');
  }
}

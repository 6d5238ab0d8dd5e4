import { CheckError, type RunOutput } from '../../src/checker.ts';
import type { Session } from './session.ts';

/** What a program says that is older than what we ask of it. */
const UNKNOWN_FLAG = /flag provided but not defined: (-\S+)/i;

/**
 * Rejects with `unsupported` and the program's own version when it does not know a flag: Terraform 0.11 to 0.15 print no
 * plan as JSON events, and a text for people is not read.
 */
export async function refuseTooOld(session: Session, output: RunOutput): Promise<void> {
  const [, flag] = UNKNOWN_FLAG.exec(`${output.stdout}\n${output.stderr}`) ?? [];
  if (flag === undefined || output.exitCode === 0) return;
  const { options, context, env } = session;
  const { stdout } = await context.run(options.binary, ['version'], {
    cwd: context.dirs.temporary,
    env,
    exitCodes: 'any',
  });
  const version = stdout.trim().split('\n', 1)[0] || options.binary;
  throw new CheckError(
    'unsupported',
    `${version}: it does not know ${flag}: expected Terraform 1.0 or newer, or OpenTofu, which give a plan as JSON`,
  );
}

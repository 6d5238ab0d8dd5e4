/**
 * Which exit code of several playbooks is the check's: that of a playbook that could not be run, before that of
 * unreachable hosts, before that of failed ones. The first of equals counts.
 */
export function worstExitCode(): (exitCode: number) => boolean {
  let worst = -1;
  return (exitCode) => {
    if (rank(exitCode) <= worst) return false;
    worst = rank(exitCode);
    return true;
  };
}

/** 2: failed hosts; 3 and 4: unreachable ones; 8: a play ended by failed hosts. */
const RANKS: Readonly<Record<number, number>> = { 0: 0, 2: 1, 8: 2, 3: 3, 4: 4 };

function rank(exitCode: number): number {
  return RANKS[exitCode] ?? 5;
}

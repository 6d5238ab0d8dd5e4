import { expect } from 'chai';
import { fatalError } from '../../../checkers/ansible/fatal-error.ts';

const message = (stderr: string, exitCode = 4): string => {
  const error = fatalError({ what: 'ansible-playbook site.yml', exitCode, stderr, sourceDir: '/src' });
  return `${error.reason}: ${error.message}`;
};

describe('ansible: why it ended before its end', () => {
  it('reads the message of ansible-core 2.14, after its warnings and without the quoted lines', () => {
    const stderr = `[WARNING]: something else
ERROR! couldn't resolve module/action 'acme.x'. This often indicates a misspelling.

The error appears to be in '/src/roles/a/tasks/main.yml': line 7, column 3, but may
be elsewhere in the file.

The offending line appears to be:

- password: hunter2
`;
    expect(message(stderr)).to.equal(
      "invalid: ansible-playbook site.yml: exit code 4 at roles/a/tasks/main.yml:7: couldn't resolve module/action 'acme.x'. This often indicates a misspelling.",
    );
  });

  it('reads the message of ansible-core 2.19 and newer', () => {
    const stderr = `[ERROR]: YAML parsing failed: While parsing a block mapping did not find expected key.
Origin: /src/site.yml:3:5

1 - hosts: all
2   password: hunter2
`;
    expect(message(stderr)).to.equal(
      'invalid: ansible-playbook site.yml: exit code 4 at site.yml:3: YAML parsing failed: While parsing a block mapping did not find expected key.',
    );
  });

  it('gives the last lines where there is no such message', () => {
    expect(message('Traceback\n  File "x"\nMemoryError\n', 1)).to.equal(
      'exit_code: ansible-playbook site.yml: exit code 1: Traceback File "x" MemoryError',
    );
    expect(message('', 137)).to.match(/exit code 137: it said nothing on standard error/);
  });
});

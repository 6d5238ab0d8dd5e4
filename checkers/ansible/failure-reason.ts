import type { FailureReason } from '../../src/drift.ts';

/** What Ansible, ssh, sudo and the modules say, in the order in which it has to be tried. */
const REASONS: readonly (readonly [RegExp, FailureReason])[] = [
  [/host key verification failed|remote host identification has changed|host key is not in/i, 'unauthenticated'],
  [/permission denied \([\w,-]+\)|(missing|incorrect) \S+ password|password is required/i, 'unauthenticated'],
  [/no vault secrets|decryption failed|vault password|invalid\/incorrect (username\/)?password/i, 'unauthenticated'],
  [/too many authentication failures|sshpass program/i, 'unauthenticated'],
  [/timeout \(\d+s\) waiting for privilege escalation/i, 'unauthenticated'],
  [/check mode and async|check_mode.*async|async is not supported|does not support async/i, 'unsupported'],
  [
    /(python\S*|interpreter\S*)['"]?:? .*(not found|no such file)|you probably need to set the interpreter/is,
    'not_found',
  ],
  [/no python interpreters found|failed to discover.*python|interpreter .* was not found/is, 'not_found'],
  [/could not find or access|could not be found|no such file or directory/i, 'not_found'],
  [/leaves us with no hosts to target|host pattern mismatch|could not match supplied host pattern/i, 'not_found'],
  [/couldn't resolve module|cannot resolve module|the role '.*' was not found|is not a valid attribute/i, 'invalid'],
  [/syntax error|unable to parse|conflicting action|unsupported parameters|missing required arg/i, 'invalid'],
  [
    /template error|templating (string|type)|unexpected (end|char)|tried to load file|invalid \S+ method|was specified but does not/i,
    'invalid',
  ],
  [/is undefined|undefined variable|has no attribute|object of type .* has no/i, 'missing_variable'],
  [/module failure|deserialization failed|no json object|not valid json|invalid json/i, 'bad_output'],
  [
    /connection (refused|timed out|reset|closed)|no route to host|could not resolve|name or service not/i,
    'unreachable',
  ],
  [/data could not be sent|failed to connect|unreachable|connection timeout/i, 'unreachable'],
  [/no space left|read-only file system|disk quota/i, 'storage'],
  [/not in the sudoers|permission denied|operation not permitted|must be (root|superuser)|not writable/i, 'forbidden'],
];

export function failureReason(message: string, otherwise: FailureReason): FailureReason {
  return REASONS.find(([pattern]) => pattern.test(message))?.[1] ?? otherwise;
}

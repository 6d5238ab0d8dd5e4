const PASSED = new Set(
  'PATH HOME USER LOGNAME SHELL LANG LANGUAGE TZ SSL_CERT_FILE SSL_CERT_DIR NODE_EXTRA_CA_CERTS HTTP_PROXY HTTPS_PROXY NO_PROXY ALL_PROXY http_proxy https_proxy no_proxy all_proxy'.split(
    ' ',
  ),
);

/**
 * What a command inherits of the service's environment: an allow-list, locale variables, and the names in `passEnv` (a
 * trailing `*` is a prefix). Everything else stays here: it may hold the credentials of another check.
 */
export function childEnvironment(
  environment: Readonly<Record<string, string | undefined>>,
  passEnv: readonly string[],
): Record<string, string> {
  const allowed = (name: string): boolean =>
    PASSED.has(name) ||
    name.startsWith('LC_') ||
    passEnv.some((pattern) => (pattern.endsWith('*') ? name.startsWith(pattern.slice(0, -1)) : name === pattern));
  const passed = Object.entries(environment).filter(([name, value]) => value !== undefined && allowed(name));
  return Object.fromEntries(passed) as Record<string, string>;
}

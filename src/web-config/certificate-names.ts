import { isIP, isIPv6 } from 'node:net';

/** The subject alternative names of a certificate as Node.js prints them (`DNS:a, IP Address:10.0.0.1`): the values alone. */
export function alternativeNames(printed: string | undefined): string[] {
  // A value with a comma or a quote in it stands in quotes, as JSON: it cannot pass for two.
  const parts = (printed ?? '').matchAll(/(?:^|, )([A-Za-z ]+):("(?:[^"\\]|\\.)*"|[^,]*)/g);
  return [...parts].flatMap(([, type = '', value = '']) => {
    if (!KINDS.has(type)) return [];
    const name = value.startsWith('"') ? unquoted(value) : value;
    return name === undefined ? [] : [canonicalName(name)];
  });
}

function unquoted(value: string): string | undefined {
  try {
    return JSON.parse(value) as string;
  } catch {
    return undefined; // nobody is known by it
  }
}

const KINDS = new Set(['DNS', 'IP Address', 'email', 'URI']);

/** IP addresses have many spellings; everything else is itself. */
export function canonicalName(name: string): string {
  if (isIP(name) === 0) return name;
  return isIPv6(name) ? new URL(`http://[${name}]`).hostname.slice(1, -1) : name;
}

/** The common name of a subject as Node.js prints it, one attribute a line. Undefined when there is none, or several. */
export function commonName(subject: string): string | undefined {
  const names = subject.split('\n').filter((line) => line.startsWith('CN='));
  const [name] = names;
  return names.length === 1 && name !== 'CN=' ? name?.slice(3) : undefined;
}

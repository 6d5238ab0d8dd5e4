/** Last words of a key whose value is a secret: `db_password`, `clientSecret`, `API-KEY`. */
const SECRET_ENDINGS = new Set(
  [
    'password passwd passphrase pwd pass secret token apikey credential credentials psk authorization bearer',
    'passwords secrets tokens cookie pgpassword kubeconfig htpasswd dockerconfigjson',
  ].flatMap((words) => words.split(' ')),
);

const SECRET_PAIRS = new Set(
  'api key,access key,private key,secret key,shared key,account key,encryption key,signing key,master key,ssh key,license key,connection string,secret id,auth token,sas url,secret data,secret string,secret value,password hash,hashed password,tls key,client key,key pem,key data,user data secret'.split(
    ',',
  ),
);

/** Keys below which every text is a secret, unless its own key says that it only names one. */
const SECRET_MAPS = new Set(['passwords', 'secrets', 'tokens', 'credentials']);
const NAMING_KEYS = new Set(
  'name names namespace kind key keys id type path file arn ref version region enabled'.split(' '),
);

/** Whether a key names a secret: not `secretName`, `tokenExpirationSeconds` or `password_policy`. */
export function isSecretKey(key: string, extra?: (key: string) => boolean): boolean {
  const words = wordsOf(key);
  const last = words.at(-1) ?? '';
  return SECRET_ENDINGS.has(last) || SECRET_PAIRS.has(words.slice(-2).join(' ')) || extra?.(key) === true;
}

/** Whether the text at the end of these keys (outermost first, list positions left out) is a secret. */
export function isSecretPath(keys: readonly string[], extra?: (key: string) => boolean): boolean {
  const own = keys.at(-1);
  if (own === undefined) return false;
  if (isSecretKey(own, extra)) return true;
  if (NAMING_KEYS.has(wordsOf(own).at(-1) ?? '')) return false;
  return keys.slice(0, -1).some((key) => SECRET_MAPS.has(wordsOf(key).at(-1) ?? ''));
}

const words = new Map<string, readonly string[]>();

/** `awsSecretAccessKey` and `AWS_SECRET_ACCESS_KEY` are both `aws secret access key`. */
function wordsOf(key: string): readonly string[] {
  const cached = words.get(key);
  if (cached !== undefined) return cached;
  const split = key
    .replaceAll(/([a-z0-9])([A-Z])/g, '$1 $2')
    .replaceAll(/([A-Z]+)([A-Z][a-z])/g, '$1 $2')
    .toLowerCase()
    .split(/[^a-z0-9]+/)
    .filter((word) => word !== '');
  if (words.size > 20_000) words.clear();
  words.set(key, split);
  return split;
}

import type { SyslogSinkConfig } from '../model/config.ts';

const defaultPort = 514;

/** Reads `udp://HOST[:PORT]` or `tcp://HOST[:PORT]`; call it with text that addressProblem has nothing against. */
export function parseAddress(text: string): SyslogSinkConfig['address'] {
  const url = new URL(text);
  return {
    protocol: url.protocol === 'tcp:' ? 'tcp' : 'udp',
    host: url.hostname.replace(/^\[|\]$/g, ''),
    port: url.port === '' ? defaultPort : Number(url.port),
  };
}

/** Says in plain words why this is no syslog address that can be used. */
export function addressProblem(text: string): string | undefined {
  const wanted = 'wanted udp://HOST:PORT or tcp://HOST:PORT';
  const url = URL.canParse(text) ? new URL(text) : undefined;
  if (!url) return `'${text}' is not an address: ${wanted}`;
  switch (url.protocol) {
    case 'udp:':
    case 'tcp:':
      return url.hostname === '' || url.port === '0' || !isBare(url)
        ? `'${text}' is not an address: ${wanted}`
        : undefined;
    case 'tls:':
      return 'tls:// comes in a later release; until then send with tcp:// to a syslog server on this host that forwards with TLS';
    case 'unix:':
      return 'unix:// comes in a later release; until then use udp://127.0.0.1:514 and let the local syslog server listen there';
    default:
      return `syslog cannot use '${url.protocol}//': ${wanted}`;
  }
}

/** Says in plain words why alerts cannot be posted to this URL. */
export function webhookUrlProblem(text: string): string | undefined {
  const url = URL.canParse(text) ? new URL(text) : undefined;
  if (!url || (url.protocol !== 'http:' && url.protocol !== 'https:')) {
    return `'${text}' is not a URL that starts with http:// or https://`;
  }
  // A password in a URL ends up in every log line that names the receiver.
  if (url.username !== '' || url.password !== '')
    return "no user or password in the URL; use 'headers: {authorization: …}'";
  return url.hash === '' ? undefined : `a URL for posting has no '${url.hash}'`;
}

function isBare(url: URL): boolean {
  return (url.pathname === '' || url.pathname === '/') && url.username === '' && url.search === '' && url.hash === '';
}

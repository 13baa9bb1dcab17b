import { DockerfileRefusal } from './refusal.ts';

/** Refuses an EXPOSE word that is no port specification: `[[ip:]host:]container[/protocol]`, ranges with a dash. */
export function validatePort(text: string): void {
  const [ports = '', ...rest] = text.split('/');
  const protocol = rest.join('/').toLowerCase();
  const [container, host, address] = parts(ports);
  if (container === '') throw invalid(text, 'no port specified');
  const ip = address.replace(/^\[(.*)\]$/, '$1');
  if (ip !== '' && !isAddress(ip)) throw invalid(text, `invalid IP address: ${address}`);
  const inside = rangeOf(container);
  if (inside === undefined) throw invalid(text, `invalid containerPort: ${container}`);
  const outside = host === '' ? undefined : rangeOf(host);
  if (host !== '' && outside === undefined) throw invalid(text, `invalid hostPort: ${host}`);
  // Several host ports are allowed to stand for one port of the container.
  if (outside !== undefined && outside !== inside && inside !== 0) {
    throw invalid(text, `invalid ranges specified for container and host Ports: ${container} and ${host}`);
  }
  if (!['', 'tcp', 'udp', 'sctp'].includes(protocol)) throw invalid(text, `invalid proto: ${protocol}`);
}

function isAddress(text: string): boolean {
  if (text.includes(':')) return URL.canParse(`http://[${text}]`);
  const octets = text.split('.');
  return octets.length === 4 && octets.every((octet) => /^\d{1,3}$/.test(octet) && Number(octet) <= 255);
}

// Colons from the right: container, host, and all that is left is the address.
function parts(text: string): readonly [string, string, string] {
  const words = text.split(':');
  const container = words.pop() ?? '';
  return [container, words.pop() ?? '', words.join(':')];
}

// How many ports follow the first one; undefined where it is no range.
function rangeOf(text: string): number | undefined {
  const [first = '', last = first, ...more] = text.split('-');
  if (more.length > 0 || !isPort(first) || !isPort(last) || Number(last) < Number(first)) return undefined;
  return Number(last) - Number(first);
}

function isPort(text: string): boolean {
  return /^\+?\d+$/.test(text) && Number(text) <= 65_535;
}

function invalid(text: string, detail: string): DockerfileRefusal {
  return new DockerfileRefusal('invalid-instruction', null, `invalid port: "${text}": ${detail}`);
}

const names = new Set(
  (
    'ABRT ALRM BUS CHLD CLD CONT FPE HUP ILL INT IO IOT KILL PIPE POLL PROF PWR QUIT SEGV STKFLT STOP SYS TERM TRAP TSTP ' +
    'TTIN TTOU URG USR1 USR2 VTALRM WINCH XCPU XFSZ RTMIN RTMAX'
  ).split(' '),
);

/** Refuses what is no Linux signal, neither by number nor by name (moby/sys, signal.ParseSignal). */
export function validateSignal(text: string): void {
  if (/^[+-]?\d+$/.test(text)) {
    if (Number(text) !== 0) return;
  } else {
    const name = text.toUpperCase().replace(/^SIG/, '');
    const [, end, count] = /^RT(MIN\+|MAX-)(\d{1,2})$/.exec(name) ?? [];
    if (names.has(name) || (Number(count) >= 1 && Number(count) <= (end === 'MIN+' ? 15 : 14))) return;
  }
  throw new DockerfileRefusal('invalid-instruction', null, `invalid signal: ${text}`);
}
